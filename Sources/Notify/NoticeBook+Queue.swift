import Base
import Runtime

extension NoticeBook {
    /// What one target has done, and when it is next asked.
    struct Desk: Sendable {
        var sent = 0
        var tooOld = 0
        var refused = 0
        var queueFull = 0
        var quiet = 0
        var lastSent: WallTime?
        var problem: String?
        var problemSince: WallTime?
        var pausedUntil: MonotonicTime?
        var pauses = Backoff(first: .seconds(2), most: .seconds(600))
        /// The number of the notice that is on its way.
        var underWay: UInt64?
    }

    /// One attempt to tell one target.
    package struct Delivery: Sendable, Equatable {
        package var notice: Notice
        package var withPicture: Bool
    }

    /// What a server asks for is heeded up to here.
    private static let longestPause = Duration.seconds(3600)

    mutating func enqueue(_ subject: Notice.Subject, time: WallTime?, _ picture: [UInt8]?, for names: Set<String>) {
        lastNumber += 1
        notices.append(
            Notice(
                number: lastNumber, subject: subject, time: time, picture: picture.map { .memory($0) } ?? .none,
                waiting: names))
        isDirty = true
        keepBounds()
    }

    /// The oldest go first: who was here an hour ago matters less than who is here now.
    private mutating func keepBounds() {
        while notices.count > limits.mostNotices, let oldest = notices.first {
            for name in oldest.waiting { desks[name]?.queueFull += 1 }
            remove(oldest.number)
        }
        dropPictures(beyond: Self.mostBytesInMemory) { if case .memory(let bytes) = $0 { bytes.count } else { 0 } }
        dropPictures(beyond: limits.mostPictureBytes) { picture in
            switch picture {
            case .none: 0
            case .memory(let bytes): bytes.count
            case .file(let bytes, _): bytes
            }
        }
    }

    private mutating func dropPictures(beyond most: Int, _ bytes: (Notice.Picture) -> Int) {
        var sum = notices.map { bytes($0.picture) }.reduce(0, +)
        for index in notices.indices where sum > most && bytes(notices[index].picture) > 0 {
            sum -= bytes(notices[index].picture)
            losePicture(at: index)
        }
    }

    private mutating func losePicture(at index: Int) {
        if case .file = notices[index].picture { removals.append(notices[index].number) }
        notices[index].picture = .none
        counters.picturesLost += 1
        isDirty = true
    }

    /// The file of this notice's picture is not what was written.
    package mutating func pictureIsLost(_ number: UInt64) {
        if let index = notices.firstIndex(where: { $0.number == number }) { losePicture(at: index) }
    }

    private mutating func remove(_ number: UInt64) {
        guard let index = notices.firstIndex(where: { $0.number == number }) else { return }
        if case .file = notices[index].picture { removals.append(number) }
        notices.remove(at: index)
        isDirty = true
    }

    private mutating func done(_ number: UInt64, _ target: String) {
        guard let index = notices.firstIndex(where: { $0.number == number }) else { return }
        notices[index].waiting.remove(target)
        isDirty = true
        if notices[index].waiting.isEmpty { remove(number) }
    }

    // MARK: - Telling

    /// The next notice for this target, which is then on its way until `finished`; nil when there is none now.
    package mutating func nextDelivery(to target: TargetSettings, at now: Moment) -> Delivery? {
        guard !isStopping, let desk = desks[target.name], desk.underWay == nil,
            desk.pausedUntil.map({ now.monotonic >= $0 }) ?? true
        else { return nil }
        dropOld(at: now)
        if let quiet = target.quietHours, quiet.then == .hold, quiet.contains(now.wall, secondsAhead) { return nil }
        guard let notice = notices.first(where: { $0.waiting.contains(target.name) }) else { return nil }
        desks[target.name]?.underWay = notice.number
        let takesPicture = target.sendsPictures && !notice.withoutPicture.contains(target.name)
        return Delivery(notice: notice, withPicture: takesPicture && notice.picture != .none)
    }

    /// What came of a delivery.
    package mutating func finished(
        _ delivery: Delivery, to target: String, _ verdict: Verdict, at now: Moment, random: Double = .random(in: 0..<1)
    ) {
        guard var desk = desks[target] else { return }
        defer { desks[target] = desk }
        let number = delivery.notice.number
        desk.underWay = nil
        switch verdict {
        case .taken:
            desk.sent += 1
            desk.lastSent = now.wall
            (desk.problem, desk.problemSince, desk.pausedUntil) = (nil, nil, nil)
            desk.pauses.reset()
            done(number, target)
        case .later(let reason, let after):
            desk.note(reason, at: now.wall)
            let pause = max(desk.pauses.next(random: random), min(after ?? .zero, Self.longestPause))
            desk.pausedUntil = now.monotonic + pause
        case .refused(let reason):
            desk.note(reason, at: now.wall)
            desk.pausedUntil = now.monotonic + desk.pauses.first
            guard delivery.withPicture, let index = notices.firstIndex(where: { $0.number == number }) else {
                desk.refused += 1
                return done(number, target)
            }
            notices[index].withoutPicture.insert(target)
            isDirty = true
        }
    }

    /// The program ends: what was on its way is tried again after the next start.
    package mutating func abandoned(_ delivery: Delivery, to target: String) { desks[target]?.underWay = nil }

    mutating func dropOld(at now: Moment) {
        for notice in notices {
            for target in targets where notice.waiting.contains(target.name) {
                guard desks[target.name]?.underWay != notice.number, isExpired(notice, for: target, at: now) else {
                    continue
                }
                desks[target.name]?.tooOld += 1
                done(notice.number, target.name)
            }
        }
    }

    private func isExpired(_ notice: Notice, for target: TargetSettings, at now: Moment) -> Bool {
        var since = notice.time
        // What is held for the night is not too old in the morning.
        if let quiet = target.quietHours, quiet.then == .hold, let time = since, quiet.contains(time, secondsAhead) {
            since = quiet.end(after: time, secondsAhead)
        }
        return age(since: since, at: now).map { $0 > limits.mostAge } ?? false
    }
}

extension NoticeBook.Desk {
    fileprivate mutating func note(_ reason: String, at now: WallTime) {
        if problem == nil { problemSince = now }
        problem = reason
    }
}
