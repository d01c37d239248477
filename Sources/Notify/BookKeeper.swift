import Base
package import Logging
package import Runtime

/// The thread that lets time pass for the notices and writes down what changes.
package struct BookKeeper: Sendable {
    private static let pauseAfterFailure = Duration.seconds(5)

    private let book: Monitor<NoticeBook>
    private let file: BookFile
    private let clientID: String
    private let stop: StopSignal
    private let pulse: Pulse
    private let logger: Logger

    package init(
        book: Monitor<NoticeBook>, file: BookFile, clientID: String, stop: StopSignal, pulse: Pulse, logger: Logger
    ) {
        self.book = book
        self.file = file
        self.clientID = clientID
        self.stop = stop
        self.pulse = pulse.of("queue")
        self.logger = logger
    }

    /// Starts the thread; it ends after `stop`, with everything written that can be.
    package func start() throws(SystemError) -> NamedThread { try NamedThread("queue") { run() } }

    private func run() {
        defer { pulse.rest() }
        while !stop.isRequested {
            let pause = book.change { $0.nextTick(at: .now()) }
            pulse.beat(.step("waiting for changes"), quietFor: pause)
            let next: DiskWork?? = book.wait(atMost: pause) { book in
                guard !book.isStopping else { return .some(nil) }
                book.tick(at: .now())
                return book.takeDiskWork(clientID: clientID).map { .some($0) }
            }
            if let work = next ?? nil, !write(work) { stop.wait(atMost: Self.pauseAfterFailure) }
        }
        if let work = book.change({ $0.takeDiskWork(clientID: clientID) }) { _ = write(work) }
    }

    private func write(_ work: DiskWork) -> Bool {
        pulse.beat(.writing(path: BookFile.fileName))
        do throws(SystemError) {
            try file.write(work)
            book.change { $0.stored(work) }
            return true
        } catch {
            let isNew = book.change { book in
                let isNew = book.diskProblem == nil
                book.notStored(work, "\(error)")
                return isNew
            }
            if isNew { logger.error("the queue cannot be written", metadata: ["error": "\(error)"]) }
            return false
        }
    }
}
