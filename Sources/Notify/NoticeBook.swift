package import Base
import Runtime

/// Everything that is known about notices: which visits were told to whom, what waits, and for how long. Pure: clocks are
/// parameters, the disk and the network are others' work.
///
/// A visit is gathered for a few seconds, until its picture and name are there; then it is decided for each target; then
/// it waits in the queue until each of them has taken it.
package struct NoticeBook: Sendable {
    /// A visit that begins to be told as soon as its picture and name are there.
    struct Gathering: Sendable {
        var visit: Visit
        let began: MonotonicTime
        let deadline: MonotonicTime
        var picture: [UInt8]?
        var needsPicture: Bool
    }

    struct LastPicture: Sendable {
        var processor: String
        var label: String
        var jpeg: [UInt8]
        var at: MonotonicTime
    }

    /// Which targets a visit is settled for: they were told, or never will be.
    package struct Settled: Sendable, Equatable {
        package let id: String
        package var targets: Set<String>
    }

    static let mostSettled = 512
    static let mostGatherings = 64
    /// A picture that came so shortly before its event belongs to it.
    private static let pictureLead = Duration.seconds(2)
    private static let mostCameras = 256
    private static let mostLastPictureBytes = 8 << 20
    static let mostBytesInMemory = 8 << 20
    /// An event that is older when it comes has waited somewhere, and the picture of now is not its own.
    private static let freshAge = Duration.seconds(30)

    package let deviceID: String
    package let targets: [TargetSettings]
    package let limits: NoticeLimits
    let secondsAhead: @Sendable (Int64) -> Int64

    var gatherings: [String: Gathering] = [:]
    var lastPictures: [String: LastPicture] = [:]
    /// Which camera a processor watches, as its events tell.
    private var cameras: [String: String] = [:]
    /// Oldest first.
    package internal(set) var settled: [Settled] = []
    /// Oldest first.
    package internal(set) var notices: [Notice] = []
    var lastNumber: UInt64 = 0
    var desks: [String: Desk] = [:]
    var troubles = TroubleWatch()
    package internal(set) var counters = Counters()
    /// What the disk is to hear.
    var isDirty = false
    var removals: [UInt64] = []
    package internal(set) var diskProblem: String?
    package internal(set) var boxStatus: String?
    /// No more is told.
    package private(set) var isStopping = false

    /// What no target hears of.
    package struct Counters: Sendable, Equatable {
        /// Visits that waited in the box for longer than the settings want, or had begun long before anybody listened.
        package var replayedTooLate = 0
        /// Messages of the box that make no sense.
        package var unreadable = 0
        /// Pictures that had no room, or did not come back from the disk.
        package var picturesLost = 0
        /// Of targets that the settings do not name any more.
        package var orphaned = 0
    }

    package init(
        _ settings: NotifySettings, secondsAhead: @escaping @Sendable (Int64) -> Int64 = LocalTime.secondsAhead
    ) {
        self.init(
            deviceID: settings.deviceID, targets: settings.targets, limits: settings.limits, secondsAhead: secondsAhead)
    }

    package init(
        deviceID: String, targets: [TargetSettings], limits: NoticeLimits = NoticeLimits(),
        secondsAhead: @escaping @Sendable (Int64) -> Int64 = LocalTime.secondsAhead
    ) {
        self.deviceID = deviceID
        self.targets = targets
        self.limits = limits
        self.secondsAhead = secondsAhead
        for target in targets { desks[target.name] = Desk() }
    }

    package mutating func stop() { isStopping = true }

    // MARK: - What the box says

    /// The message of `processor/<p>/event`.
    package mutating func heard(event: JSONValue, at now: Moment) {
        guard let visit = Visit(event: event) else { return counters.unreadable += 1 }
        if cameras.count < Self.mostCameras { cameras[visit.processor] = visit.camera }
        if var gathering = gatherings[visit.id] {
            gathering.visit.update(visit)
            gatherings[visit.id] = gathering
            return finishGatherings(at: now)
        }
        let known = settled.last { $0.id == visit.id }?.targets ?? []
        let undecided = targets.filter { target in
            guard !known.contains(target.name) else { return false }
            let answer = target.rules.answer(on: visit, isNameAwaited: true)
            return answer == .yes || (answer == .notYet && target.rules.asksForNames)
        }
        guard !undecided.isEmpty else { return }
        guard !isTooOld(visit, at: now) else {
            counters.replayedTooLate += 1
            return settle(visit.id, for: Set(targets.map(\.name)))
        }
        gather(visit, needsPicture: undecided.contains(where: \.sendsPictures), at: now)
    }

    private func isTooOld(_ visit: Visit, at now: Moment) -> Bool {
        guard let age = age(since: visit.began, at: now) else { return false }
        return age > (visit.isReplayed || !visit.isBeginning ? limits.replayedAge : limits.mostAge)
    }

    /// Nil while one of the two times cannot be right.
    func age(since time: WallTime?, at now: Moment) -> Duration? {
        guard let time, now.wall.isPlausible else { return nil }
        return .milliseconds(max(0, now.wall.milliseconds - time.milliseconds))
    }

    private mutating func gather(_ visit: Visit, needsPicture: Bool, at now: Moment) {
        let isFresh = !visit.isReplayed && age(since: visit.began, at: now).map { $0 < Self.freshAge } ?? true
        let forPicture = needsPicture ? limits.pictureWait : .zero
        let wait = isFresh ? max(forPicture, visit.isFaceSearched ? limits.nameWait : .zero) : .zero
        let recent = lastPictures.values.first { picture in
            isFresh && now.monotonic - picture.at <= Self.pictureLead && shows(picture, visit)
        }?.jpeg
        if gatherings.count >= Self.mostGatherings, let oldest = gatherings.min(by: { $0.value.began < $1.value.began })
        {
            conclude(oldest.key, at: now)
        }
        gatherings[visit.id] = Gathering(
            visit: visit, began: now.monotonic, deadline: now.monotonic + wait, picture: recent,
            needsPicture: needsPicture)
        // A power cut now must not lose it: the broker does not tell it again.
        isDirty = true
        finishGatherings(at: now)
    }

    /// The picture of `processor/<p>/<label>/image`, as it comes; not what the broker had kept.
    package mutating func heard(picture jpeg: [UInt8], processor: String, label: String, at now: Moment) {
        guard jpeg.starts(with: [0xff, 0xd8]) else { return }
        let picture = LastPicture(processor: processor, label: label, jpeg: jpeg, at: now.monotonic)
        lastPictures["\(processor)/\(label)"] = picture
        while lastPictures.values.map(\.jpeg.count).reduce(0, +) > Self.mostLastPictureBytes,
            let oldest = lastPictures.min(by: { $0.value.at < $1.value.at })
        {
            lastPictures[oldest.key] = nil
        }
        for (id, gathering) in gatherings where gathering.picture == nil && shows(picture, gathering.visit) {
            gatherings[id]?.picture = jpeg
        }
        finishGatherings(at: now)
    }

    /// A search of faces has no pictures of its own: that of the same camera's person is taken.
    private func shows(_ picture: LastPicture, _ visit: Visit) -> Bool {
        guard picture.label == visit.label else { return false }
        return picture.processor == visit.processor
            || (visit.isFaceSearched && cameras[picture.processor] == visit.camera)
    }

    // MARK: - Deciding

    /// Time passes.
    package mutating func tick(at now: Moment) {
        finishGatherings(at: now)
        for trouble in troubles.due(at: now.monotonic) { tell(trouble: trouble, at: now) }
        dropOld(at: now)
    }

    /// When `tick` is to be called again at the latest.
    package func nextTick(at now: MonotonicTime) -> Duration {
        let next = gatherings.values.map { $0.deadline - now }.min() ?? .seconds(1)
        return min(.seconds(1), max(.milliseconds(10), next))
    }

    private mutating func finishGatherings(at now: Moment) {
        for (id, gathering) in gatherings {
            let isWhole =
                (gathering.picture != nil || !gathering.needsPicture)
                && (gathering.visit.name != nil || !gathering.visit.isFaceSearched)
            if isWhole || now.monotonic >= gathering.deadline { conclude(id, at: now) }
        }
    }

    private mutating func conclude(_ id: String, at now: Moment) {
        guard let gathering = gatherings.removeValue(forKey: id) else { return }
        var visit = gathering.visit
        if visit.isFaceSearched, visit.name == nil { visit.name = Visit.unknownName }
        let known = settled.last { $0.id == id }?.targets ?? []
        var receivers: Set<String> = []
        var decided: Set<String> = []
        for target in targets where !known.contains(target.name) {
            guard target.rules.answer(on: visit, isNameAwaited: false) == .yes else { continue }
            decided.insert(target.name)
            if let quiet = target.quietHours, quiet.then == .skip,
                quiet.contains(visit.began ?? now.wall, secondsAhead)
            {
                desks[target.name]?.quiet += 1
            } else {
                receivers.insert(target.name)
            }
        }
        guard !decided.isEmpty else { return }
        settle(id, for: decided)
        guard !receivers.isEmpty else { return }
        let wantsPicture = targets.contains { receivers.contains($0.name) && $0.sendsPictures }
        enqueue(.visit(visit), time: visit.began, wantsPicture ? gathering.picture : nil, for: receivers)
    }

    private mutating func settle(_ id: String, for names: Set<String>) {
        isDirty = true
        if let index = settled.lastIndex(where: { $0.id == id }) {
            settled[index].targets.formUnion(names)
        } else {
            settled.append(Settled(id: id, targets: names))
            settled.removeFirst(max(0, settled.count - Self.mostSettled))
        }
    }

    // MARK: - Troubles

    /// A state of the box that may be a trouble: the topic below the box's root, and its payload.
    package mutating func heard(state topic: String, _ payload: [UInt8], at now: Moment) {
        if topic == "status" { boxStatus = Visit.word(.string(String(decoding: payload.prefix(64), as: UTF8.self))) }
        troubles.heard(topic, payload, at: now.monotonic)
    }

    private mutating func tell(trouble: TroubleWatch.Trouble, at now: Moment) {
        let receivers = targets.filter(\.tellsTroubles).filter { target in
            guard let quiet = target.quietHours, quiet.then == .skip, quiet.contains(now.wall, secondsAhead) else {
                return true
            }
            desks[target.name]?.quiet += 1
            return false
        }
        guard !receivers.isEmpty else { return }
        let id = "trouble-\(trouble.key)-\(now.wall.milliseconds)"
        let time = now.wall.isPlausible ? now.wall : nil
        enqueue(.trouble(id: id, trouble.words), time: time, nil, for: Set(receivers.map(\.name)))
    }
}
