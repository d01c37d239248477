package import Base

/// What the broker is to hold for us: retained topic -> payload, what of it still has to be sent, and the register of
/// every retained topic that the broker may hold because of us, so that nothing haunts it. Pure: no I/O, no clock.
package struct RetainedTopicCache: Sendable {
    /// The order in which topics are sent: states are true before `status` says so.
    package enum Rank: Int, Sendable, CaseIterable { case leftover, state, discovery, status, picture }

    /// One message to be sent now.
    package struct Entry: Sendable, Equatable {
        package var topic: String
        /// Empty clears the topic on the broker.
        package var payload: [UInt8]
        package var isPrelude: Bool
    }

    private struct Slot {
        var payload: [UInt8]
        var rank: Rank
        var isPending = true
        /// Sent before `payload`, until acknowledged; Home Assistant needs this to forget a component.
        var prelude: [UInt8]?
        var isPreludeSent = false
        /// Not to be sent before this instant.
        var earliest: MonotonicTime
    }

    package static let maxTopics = 4096
    package static let maxBytes = 32 << 20

    private var slots: [String: Slot] = [:]
    private var pending = Rank.allCases.map { _ in TopicLine() }
    private var bytes = 0
    /// Every retained topic that the broker may hold because of us.
    package private(set) var register: Set<String>
    /// The register has changed since `registerWritten`; until then nothing is sent, so that a topic is on disk first.
    package private(set) var isRegisterDirty = false
    /// Topics that did not fit.
    package private(set) var refused = 0

    package init(register: Set<String> = []) { self.register = register }

    package mutating func registerWritten() { isRegisterDirty = false }

    /// What the topic is to hold; nil when it is not on the board or being cleared.
    package func payload(of topic: String) -> [UInt8]? {
        guard let slot = slots[topic], slot.rank != .leftover else { return nil }
        return slot.payload
    }

    /// How many places the waiting lines hold: at most one per topic and rank, however often payloads change.
    package var waitingCount: Int { pending.map(\.topics.count).reduce(0, +) }

    package var topics: [String] { slots.filter { $0.value.rank != .leftover }.map(\.key) }

    /// Wants `topic` to hold `payload`; the same payload again changes nothing. An empty one is told like any other, and MQTT
    /// keeps nothing of it.
    /// Returns false when the board is full.
    @discardableResult
    package mutating func set(
        _ topic: String, _ payload: [UInt8], rank: Rank = .state, prelude: [UInt8]? = nil,
        earliest: MonotonicTime = MonotonicTime(nanoseconds: .min)
    ) -> Bool {
        let old = slots[topic]
        if let old, old.payload == payload, old.rank == rank, old.prelude == prelude { return true }
        let grown = bytes - (old?.payload.count ?? 0) + payload.count
        guard grown <= Self.maxBytes, old != nil || slots.count < Self.maxTopics else {
            refused += 1
            return false
        }
        bytes = grown
        slots[topic] = Slot(payload: payload, rank: rank, prelude: prelude, earliest: earliest)
        pending[rank.rawValue].enqueue(topic)
        if register.insert(topic).inserted { isRegisterDirty = true }
        return true
    }

    /// Clears `topic` on the broker, whether or not we ever wrote it.
    package mutating func clear(_ topic: String) {
        guard slots[topic] != nil || slots.count < 2 * Self.maxTopics else {
            refused += 1
            return
        }
        bytes -= slots[topic]?.payload.count ?? 0
        slots[topic] = Slot(payload: [], rank: .leftover, earliest: MonotonicTime(nanoseconds: .min))
        pending[Rank.leftover.rawValue].enqueue(topic)
    }

    /// Clears every registered topic for which `isOwned` is false.
    package mutating func clearLeftovers(unless isOwned: (String) -> Bool) {
        for topic in register.sorted() where payload(of: topic) == nil && !isOwned(topic) { clear(topic) }
    }

    package mutating func clear(below prefix: String) {
        for topic in register.union(slots.keys).sorted() where topic.hasPrefix(prefix) { clear(topic) }
    }

    /// The broker still holds what waits to be sent there.
    mutating func spare(_ topic: String) {
        if let slot = slots[topic], slot.rank != .leftover { slots[topic]?.isPending = false }
    }

    package func isPending(_ topic: String) -> Bool { slots[topic]?.isPending ?? false }

    /// Whether the entry is what a topic of pictures holds now.
    func isPicture(_ entry: Entry) -> Bool {
        slots[entry.topic].map { $0.rank == .picture && $0.payload == entry.payload } ?? false
    }

    /// All topics of a rank.
    package func topics(of rank: Rank) -> [String] { slots.filter { $0.value.rank == rank }.map(\.key) }

    /// The broker may have forgotten everything.
    package mutating func resendAll() {
        pending = Rank.allCases.map { _ in TopicLine() }
        for topic in slots.keys.sorted() { resend(topic) }
    }

    package mutating func resend(_ topic: String) {
        guard var slot = slots.removeValue(forKey: topic) else { return }
        slot.isPending = true
        slot.isPreludeSent = false
        pending[slot.rank.rawValue].enqueue(topic)
        slots[topic] = slot
    }

    /// The next message up to `last` in order of rank, or nil when nothing is due or the register waits to be written.
    package mutating func next(at now: MonotonicTime, through last: Rank = .picture) -> Entry? {
        guard !isRegisterDirty else { return nil }
        for rank in Rank.allCases where rank.rawValue <= last.rawValue {
            if let entry = next(rank, now) { return entry }
        }
        return nil
    }

    private mutating func next(_ rank: Rank, _ now: MonotonicTime) -> Entry? {
        var index = 0
        while index < pending[rank.rawValue].topics.count {
            let topic = pending[rank.rawValue].topics[index]
            guard var slot = slots[topic], slot.isPending, slot.rank == rank else {
                pending[rank.rawValue].remove(at: index)  // replaced or sent meanwhile
                continue
            }
            guard slot.earliest <= now else {
                index += 1
                continue
            }
            if let prelude = slot.prelude, !slot.isPreludeSent {
                slot.isPreludeSent = true
                slots[topic] = slot
                return Entry(topic: topic, payload: prelude, isPrelude: true)
            }
            slot.isPending = false
            slots[topic] = slot
            pending[rank.rawValue].remove(at: index)
            return Entry(topic: topic, payload: slot.payload, isPrelude: false)
        }
        return nil
    }

    /// True while something up to `last` waits to be sent, due or not.
    package func hasPending(through last: Rank) -> Bool {
        pending.prefix(last.rawValue + 1).enumerated().contains { rank, line in
            line.topics.contains { slots[$0].map { $0.isPending && $0.rank.rawValue == rank } ?? false }
        }
    }

    /// The broker has taken `entry`.
    package mutating func acknowledged(_ entry: Entry) {
        guard var slot = slots[entry.topic] else { return }
        if entry.isPrelude {
            if slot.prelude == entry.payload { slot.prelude = nil }
            slots[entry.topic] = slot
        } else if entry.payload.isEmpty, slot.rank == .leftover {
            slots[entry.topic] = nil
            if register.remove(entry.topic) != nil { isRegisterDirty = true }
        }
    }
}

/// Topics in the order in which they wait, each once: what has changed while it waited keeps its place.
private struct TopicLine: Sendable {
    private(set) var topics: [String] = []
    private var members: Set<String> = []

    mutating func enqueue(_ topic: String) {
        if members.insert(topic).inserted { topics.append(topic) }
    }

    mutating func remove(at index: Int) { members.remove(topics.remove(at: index)) }
}
