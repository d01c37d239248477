import Base
package import Logging
package import Runtime

/// The thread of one target: takes what waits for it, tells it, and notes what came of it. A target that hangs keeps only
/// its own notices waiting.
package struct Courier: Sendable {
    private let target: TargetSettings
    private let book: Monitor<NoticeBook>
    private let file: BookFile
    private let stop: StopSignal
    private let pulse: Pulse
    private let logger: Logger

    package init(
        _ target: TargetSettings, book: Monitor<NoticeBook>, file: BookFile, stop: StopSignal, pulse: Pulse,
        logger: Logger
    ) {
        self.target = target
        self.book = book
        self.file = file
        self.stop = stop
        self.pulse = pulse.of("target \(target.name)")
        self.logger = logger
    }

    /// Starts the thread; it ends after `stop`.
    package func start() throws(SystemError) -> NamedThread { try NamedThread("tell-\(target.name)") { run() } }

    private func run() {
        defer { pulse.rest() }
        while !stop.isRequested {
            pulse.beat(.step("waiting for a notice"), quietFor: .seconds(1))
            let next: NoticeBook.Delivery?? = book.wait(atMost: .seconds(1)) { book in
                book.isStopping ? .some(nil) : book.nextDelivery(to: target, at: .now()).map { .some($0) }
            }
            guard let delivery = next ?? nil else { continue }
            pulse.beat(.step("telling \(target.name)"), quietFor: target.timeout)
            let verdict = tell(delivery)
            let isCut = stop.isRequested && verdict != .taken
            let (before, after) = book.change { book in
                let before = book.problem(of: target.name)
                if isCut {
                    book.abandoned(delivery, to: target.name)
                } else {
                    book.finished(delivery, to: target.name, verdict, at: .now())
                }
                return (before, book.problem(of: target.name))
            }
            log(delivery, verdict, before, after)
        }
    }

    private func tell(_ delivery: NoticeBook.Delivery) -> Verdict {
        var picture: [UInt8]?
        if delivery.withPicture {
            picture = file.picture(of: delivery.notice)
            if picture == nil { book.change { $0.pictureIsLost(delivery.notice.number) } }
        }
        let deviceID = book.change { $0.deviceID }
        let message = NoticeMessage(delivery.notice, deviceID: deviceID, at: .now())
        return target.tell(message, picture, isStopped: { stop.isRequested })
    }

    /// What changes is logged, not each attempt.
    private func log(_ delivery: NoticeBook.Delivery, _ verdict: Verdict, _ before: String?, _ after: String?) {
        if verdict == .taken {
            logger.info("told", metadata: ["target": "\(target.name)", "id": "\(delivery.notice.id)"])
        }
        guard before != after else { return }
        if let after {
            logger.warning("a target is not told", metadata: ["target": "\(target.name)", "reason": "\(after)"])
        } else {
            logger.notice("a target is told again", metadata: ["target": "\(target.name)"])
        }
    }
}

extension TargetSettings {
    /// One attempt; blocks for `timeout` at most.
    package func tell(
        _ message: NoticeMessage, _ picture: [UInt8]?, isStopped: @escaping @Sendable () -> Bool = { false }
    ) -> Verdict {
        do throws(SecretTrouble) {
            let request = try target.request(for: message, picture: picture, secrets: SecretFile.reader)
            let verdict = target.verdict(
                on: Transfer(caFile: caFile, timeout: timeout, isStopped: isStopped).perform(request))
            return verdict.redacted(by: request)
        } catch {
            return .later(reason: error.description, after: nil)
        }
    }

    /// What is wrong with the way to the target, in words; nil when all is well. Nobody is told anything.
    package func problem() -> String? {
        do throws(SecretTrouble) {
            let request = try target.probe(SecretFile.reader)
            let answer = Transfer(caFile: caFile, timeout: timeout).perform(request)
            if request.body == .onlyConnect { return answer.failure }
            return switch target.verdict(on: answer).redacted(by: request) {
            case .taken: nil
            case .later(let reason, _), .refused(let reason): reason
            }
        } catch {
            return error.description
        }
    }
}

extension Verdict {
    /// Servers may say our own secrets back to us.
    fileprivate func redacted(by request: OutgoingRequest) -> Verdict {
        switch self {
        case .taken: self
        case .later(let reason, let after): .later(reason: request.redacted(reason), after: after)
        case .refused(let reason): .refused(reason: request.redacted(reason))
        }
    }
}
