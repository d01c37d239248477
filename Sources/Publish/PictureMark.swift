import Base

/// Whether the broker still holds the pictures that it had, so that they are not sent again: a hundred kilobytes each, and
/// whoever watches them would take each for a new one. Pure; the clock is a parameter.
///
/// Beside the pictures the broker holds a mark: this run of the program, and how many pictures it had taken when the mark was
/// made. On each connection the mark is read back. A broker that forgot its retained messages has none, and one that came
/// back with older ones has an older mark; what it took after that is sent again.
struct PictureMark: Sendable {
    /// A broker sends retained messages right after the subscription.
    static let patience = Duration.seconds(2)

    private let bootID: String
    /// The number of the picture that each topic holds, as far as the broker has taken it.
    private var taken: [String: Int] = [:]
    private var count = 0
    private var deadline: MonotonicTime?

    init(bootID: String) { self.bootID = bootID }

    /// What the broker is to hold as the mark.
    var payload: [UInt8] { Array("\(bootID) \(count)".utf8) }

    /// Pictures wait for the mark, or for as long as one may take.
    mutating func connected(at now: MonotonicTime) { deadline = taken.isEmpty ? nil : now + Self.patience }

    /// Until then no picture is sent; nil when nothing is waited for.
    func isWaiting(at now: MonotonicTime) -> Bool { deadline.map { now < $0 } ?? false }

    mutating func acknowledged(_ topic: String) {
        count += 1
        taken[topic] = count
    }

    /// The topic holds something else from now on.
    mutating func changed(_ topic: String) { taken[topic] = nil }

    /// - Returns: the topics whose pictures the broker still holds.
    mutating func read(_ mark: [UInt8]) -> Set<String> {
        guard deadline != nil else { return [] }
        deadline = nil
        let words = String(decoding: mark.prefix(128), as: UTF8.self).split(separator: " ")
        guard words.count == 2, words[0] == bootID, let number = Int(words[1]) else { return [] }
        return Set(taken.filter { $0.value <= number }.keys)
    }
}
