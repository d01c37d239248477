import Base
import Logging
import Notify
import Publish
import Runtime
import Settings
import UnixSignals

/// Everything that runs, and its end.
struct NotifyService {
    /// Of one MQTT message, as of the packet that the link asks for.
    private static let mostPayloadBytes = 2 << 20
    private static let endLimit = Duration.seconds(3)

    private let settings: NotifySettings
    private let logger: Logger
    private let book: Monitor<NoticeBook>
    private let file: BookFile
    private let clientID: String
    private let stop = StopSignal()
    private let pulse = Pulse()

    init(_ settings: NotifySettings, _ logger: Logger) {
        self.settings = settings
        self.logger = logger
        file = BookFile(folder: settings.directory)
        var notices = NoticeBook(settings)
        let contents = Self.contents(of: file, logger)
        notices.restore(contents, at: .now())
        book = Monitor(notices)
        clientID = contents.clientID ?? "\(PorchlightNotify.name)-\(String(UInt64.random(in: 0 ... .max), radix: 16))"
    }

    /// A queue that cannot be used is laid aside: what it held is lost, and all else goes on.
    private static func contents(of file: BookFile, _ logger: Logger) -> BookFile.Contents {
        let contents: BookFile.Contents
        do throws(BookFile.Damaged) { contents = try file.read() } catch {
            logger.error("the queue begins anew", metadata: ["reason": "\(error)"])
            do throws(SystemError) { try file.setAside() } catch {
                logger.warning("the damaged queue is not kept", metadata: ["error": "\(error)"])
            }
            contents = BookFile.Contents()
        }
        do throws(SystemError) { try file.removeStrangers(but: contents.notices) } catch {
            logger.warning("the storage cannot be listed", metadata: ["error": "\(error)"])
        }
        return contents
    }

    func run() async throws {
        let link: MQTTLink
        let reader: BoxReader
        var threads: [NamedThread] = []
        do {
            let topics = try Topics(
                prefix: settings.mqtt.topicPrefix, deviceID: settings.deviceID,
                homeAssistantPrefix: settings.mqtt.homeAssistantPrefix)
            let wantsPictures = settings.targets.contains(where: \.sendsPictures)
            reader = BoxReader(topics: topics, book: book, wantsPictures: wantsPictures)
            link = try MQTTLink()
            threads.append(
                try BookKeeper(
                    book: book, file: file, clientID: clientID, stop: stop, pulse: pulse, logger: logger
                ).start())
            for target in settings.targets {
                threads.append(
                    try Courier(target, book: book, file: file, stop: stop, pulse: pulse, logger: logger).start())
            }
            try link.start(linkSettings(topics), reader, heartbeat: pulse.of("mqtt"), logger)
        } catch { throw CommandFailure(.unavailable, "\(error)") }
        await waitForTheEnd(link)
        reader.end()
        link.wake()
        stop.request()
        // Wakes everybody who waits for something to do.
        book.change { $0.stop() }
        let ends = threads
        let isOver = await Deadline.onThread("last-files", within: Self.endLimit) {
            for thread in ends { thread.join() }
        }
        if !isOver { logger.warning("a target or the disk does not answer; what waits is told after the next start") }
        await wait(atMost: .seconds(1)) { await link.waitForEnd() }
    }

    private func linkSettings(_ topics: Topics) -> LinkSettings {
        LinkSettings(
            broker: settings.mqtt, clientID: clientID,
            will: (topic: topics.notifyStatus, payload: NoticeBook.offline.jsonBytes),
            mostPayloadBytes: Self.mostPayloadBytes,
            // What is older would not be told.
            sessionSeconds: UInt32(clamping: settings.limits.mostAge.components.seconds))
    }

    /// Returns when a signal asks for the end; tells systemd how it goes meanwhile.
    private func waitForTheEnd(_ link: MQTTLink) async {
        let notifier = ServiceNotifier.fromEnvironment()
        tell { () throws(SystemError) in try notifier?.ready(status: status(link)) }
        let watch = Task {
            while true {
                let pause = notifier?.watchdogInterval ?? .seconds(10)
                guard (try? await Task.sleep(for: pause)) != nil else { return }
                let silent = pulse.silent(at: .now())
                if !silent.isEmpty { logger.error("threads hang", metadata: ["threads": "\(silent)"]) }
                tell { () throws(SystemError) in
                    if silent.isEmpty { try notifier?.alive() }
                    try notifier?.status(status(link))
                }
            }
        }
        for await _ in await UnixSignalsSequence(trapping: .sigterm, .sigint) { break }
        watch.cancel()
        tell { () throws(SystemError) in try notifier?.stopping(status: "ending") }
    }

    private func status(_ link: MQTTLink) -> String {
        let status = link.currentStatus
        let broker = status.isConnected ? "" : "; no broker: \(status.lastError ?? "not yet connected")"
        return book.change { $0.line } + broker
    }

    private func tell(_ message: () throws(SystemError) -> Void) {
        do throws(SystemError) { try message() } catch {
            logger.warning("systemd cannot be told", metadata: ["error": "\(error)"])
        }
    }
}
