package import Base
import Runtime
import Synchronization

/// The sessions of all processors. The registry begins and ends runs; the wiring tells every event and ticks each
/// second; out come the messages for subscribers, which lie in the archive's outbox if it can be written, and, through
/// the results folder, pictures and summaries.
///
/// A run with a `StopSelector` is one session. A run without one is many: the first visit opens a session, quiet
/// closes it.
package final class Sessions: Sendable {
    private struct Ongoing {
        let run: StreamProcessor.Run
        let processor: ProcessorDescription
        let began: MonotonicTime
        var session: Session?
        /// The run's own id goes to its first session: that is what the caller of Start was told.
        var nextID: String?
    }

    private struct State {
        /// By the run's id: the next run of a processor is another one, and events of the one before are not its own.
        var runs: [String: Ongoing] = [:]
        /// Told to end, but some of their visits are still open.
        var closing: [Session] = []
        /// Opened, or with a new label, since the archive was told last.
        var unkept: [String: Session] = [:]
        /// Over, with nothing to tell, but the archive could not be written: forgotten there once it can be.
        var unforgotten: Set<String> = []
    }

    /// Sessions beyond this, while the archive cannot be written, are looked at once more after a restart.
    private static let mostUnforgotten = 1000

    private let state = Mutex(State())
    private let folder: ResultsFolder
    private let archive: any SessionArchive
    private let now: @Sendable () -> MonotonicTime
    private let wallTime: @Sendable () -> WallTime
    private let newID: @Sendable () -> String

    package init(
        folder: ResultsFolder, archive: any SessionArchive, now: @escaping @Sendable () -> MonotonicTime,
        wallTime: @escaping @Sendable () -> WallTime, newID: @escaping @Sendable () -> String
    ) {
        self.folder = folder
        self.archive = archive
        self.now = now
        self.wallTime = wallTime
        self.newID = newID
    }

    /// All sessions as they are now, the oldest first; waits for nobody.
    package var readings: [SessionReading] {
        state.withLock { state in
            let ongoing = state.runs.map { runID, ongoing in
                ongoing.session.map { SessionReading($0, .open, isKept: state.unkept[$0.id] == nil) }
                    ?? SessionReading(
                        id: ongoing.nextID ?? runID, processor: ongoing.processor.definition.name, state: .waiting,
                        since: ongoing.began, openVisits: 0, labels: [], isKept: true)
            }
            let closing = state.closing.map { SessionReading($0, .closing, isKept: state.unkept[$0.id] == nil) }
            return (ongoing + closing).sorted { ($0.since, $0.id) < ($1.since, $1.id) }
        }
    }

    func begin(_ run: StreamProcessor.Run, _ processor: ProcessorDescription) {
        var ongoing = Ongoing(
            run: run, processor: processor, began: now(), session: nil, nextID: run.sessionID)
        if run.maxDuration != nil { ongoing.session = open(for: &ongoing) }
        state.withLock { state in
            state.runs[run.sessionID] = ongoing
            if let session = ongoing.session { state.unkept[session.id] = session }
        }
    }

    func end(_ run: StreamProcessor.Run, message: String) {
        let now = now()
        state.withLock { state in
            guard var session = state.runs.removeValue(forKey: run.sessionID)?.session else { return }
            session.end(message, at: now)
            state.closing.append(session)
        }
    }

    /// Everything that follows from one event: the pictures of a first sight are kept, then it is told; a session
    /// that only waited for this event is completed.
    /// - Parameters:
    ///   - frameJPEG: the whole frame of the event.
    ///   - cropJPEG: the object alone.
    package func note(
        _ recorded: RecordedEvent, frameJPEG: [UInt8]?, cropJPEG: [UInt8]?
    ) async -> [SessionNotification] {
        var notifications: [SessionNotification] = []
        if let session = firstSight(recorded) {
            notifications += await tellFirstSight(recorded, session, frameJPEG, cropJPEG)
        }
        return notifications + (await tick())
    }

    /// Completes the sessions that are over. To be called each second.
    package func tick() async -> [SessionNotification] {
        await keepOpen()
        await forgetLate()
        var notifications: [SessionNotification] = []
        for (session, reason) in takeFinished() { notifications += await complete(session, reason) }
        return notifications
    }

    /// Completes all sessions, with visits still open or not: the program ends.
    package func finishAll(reason: String) async -> [SessionNotification] {
        let rest = state.withLock { state -> [Session] in
            let open = state.runs.values.compactMap(\.session) + state.closing
            (state.runs, state.closing, state.unkept) = ([:], [], [:])
            return open
        }
        var notifications: [SessionNotification] = []
        for session in rest.sorted(by: { $0.began < $1.began }) {
            notifications += await complete(session, reason)
        }
        return notifications
    }

    /// Ends the sessions that an earlier start of the program left open. To be called once, before anything begins.
    package func finishInterrupted() async -> [SessionNotification] {
        var notifications: [SessionNotification] = []
        for (id, body) in await archive.leftOpen() {
            guard let open = OpenSession(reading: body) else {
                await forget(id)
                continue
            }
            notifications += await complete(
                Session(open, at: now()), "Porchlight was interrupted", after: open.duration)
        }
        return notifications
    }

    /// Tells the archive what is new, so that a power cut ends no session without a word.
    private func keepOpen() async {
        let unkept = state.withLock { state in
            defer { state.unkept = [:] }
            return state.unkept.values
        }
        for session in unkept {
            let isKept = await archive.keep(session: session.id, OpenSession(session, at: wallTime()).json)
            // It may have been completed while the disk was at work.
            if !isOpen(session) {
                await forget(session.id)
            } else if !isKept {
                state.withLock { state in
                    if state.unkept[session.id] == nil { state.unkept[session.id] = session }
                }
            }
        }
    }

    /// The archive was begun anew: nothing of what is open is in it.
    package func archiveIsEmpty() {
        state.withLock { state in
            for session in state.runs.values.compactMap(\.session) + state.closing {
                state.unkept[session.id] = session
            }
            state.unforgotten = []
        }
    }

    private func forget(_ id: String) async {
        guard await !archive.put(nil, ending: id) else { return }
        state.withLock { state in
            if state.unforgotten.count < Self.mostUnforgotten { state.unforgotten.insert(id) }
        }
    }

    private func forgetLate() async {
        for id in state.withLock(\.unforgotten) {
            guard await archive.put(nil, ending: id) else { return }
            state.withLock { _ = $0.unforgotten.remove(id) }
        }
    }

    /// Into the outbox if it can be written, with the session that ends; else it is told from memory.
    private func put(_ notification: SessionNotification?, ending session: String? = nil) async -> [SessionNotification]
    {
        guard var notification else {
            if let session { await forget(session) }
            return []
        }
        notification.isStored = await archive.put(notification, ending: session)
        // Forgotten when the broker has heard it: if that never happens, the next start tells it.
        if !notification.isStored { notification.endsSession = session }
        return [notification]
    }

    // MARK: Under the lock

    /// The session that has its first visit of this label now; nil for everything else.
    private func firstSight(_ recorded: RecordedEvent) -> Session? {
        let (event, now) = (recorded.event, now())
        guard let runID = event.sessionID else { return nil }
        return state.withLock { state in
            // What was on its way when the run was stopped is still its own.
            if let index = state.closing.firstIndex(where: { $0.runID == runID }) {
                return state.closing[index].note(recorded, at: now) ? state.closing[index] : nil
            }
            guard var ongoing = state.runs[runID] else { return nil }
            if ongoing.session == nil, event.phase == .started { ongoing.session = open(for: &ongoing) }
            guard var session = ongoing.session else { return nil }
            let isFirst = session.note(recorded, at: now)
            ongoing.session = session
            state.runs[runID] = ongoing
            return isFirst ? session : nil
        }
    }

    private func isOpen(_ session: Session) -> Bool {
        state.withLock { state in
            state.runs[session.runID]?.session?.id == session.id || state.closing.contains { $0.id == session.id }
        }
    }

    private func takeFinished() -> [(Session, String)] {
        let now = now()
        return state.withLock { state in
            var finished: [(Session, String)] = []
            for (runID, ongoing) in state.runs {
                guard let session = ongoing.session, let reason = session.verdict(at: now) else { continue }
                state.runs[runID]?.session = nil
                finished.append((session, reason))
            }
            state.closing.removeAll { session in
                guard let reason = session.verdict(at: now) else { return false }
                finished.append((session, reason))
                return true
            }
            return finished.sorted { $0.0.began < $1.0.began }
        }
    }

    private func open(for ongoing: inout Ongoing) -> Session {
        let id = ongoing.nextID ?? newID()
        ongoing.nextID = nil
        return Session(
            id: id, of: ongoing.run.sessionID, ongoing.processor, echo: ongoing.run.echo, at: now(), wallTime(),
            closesWhenQuiet: ongoing.run.maxDuration == nil)
    }

    private func keep(_ frame: String?, _ crop: String?, _ label: Label, in session: Session) {
        state.withLock { state in
            if let index = state.closing.firstIndex(where: { $0.id == session.id }) {
                state.closing[index].keep(frameName: frame, cropName: crop, for: label)
                state.unkept[session.id] = state.closing[index]
            } else if state.runs[session.runID]?.session?.id == session.id {
                state.runs[session.runID]?.session?.keep(frameName: frame, cropName: crop, for: label)
                state.unkept[session.id] = state.runs[session.runID]?.session
            }
        }
    }

    // MARK: Outside

    private func tellFirstSight(
        _ recorded: RecordedEvent, _ session: Session, _ frameJPEG: [UInt8]?, _ cropJPEG: [UInt8]?
    ) async -> [SessionNotification] {
        let label = recorded.event.label
        let start = "\(session.sightings[label]?.number ?? 0)-\(label.topic)"
        let frame = await folder.keep(frameJPEG, as: "\(start)-frame.jpg", of: session)
        let crop = await folder.keep(cropJPEG, as: "\(start)-crop.jpg", of: session)
        keep(frame?.name, crop?.name, label, in: session)
        let message = SessionMessage(session: session, eventID: newID(), time: wallTime())
        return await put(message.notification(message.labelDetected(recorded, frame: frame?.uri, crop: crop?.uri)))
    }

    private func complete(
        _ session: Session, _ reason: String, after known: Duration? = nil
    ) async -> [SessionNotification] {
        let duration = known ?? now() - session.began
        let message = SessionMessage(session: session, eventID: newID(), time: wallTime())
        _ = await folder.keep(message.summary(reason, after: duration), as: "summary.json", of: session)
        state.withLock { _ = $0.unkept.removeValue(forKey: session.id) }
        return await put(
            message.notification(message.processingComplete(reason, after: duration)), ending: session.id)
    }
}
