import Base
import FoundationEssentials
import Runtime

/// Where a reader goes on, as the text that it carries around: `<digest>.<made>.<sequence>.<stream>` in base64.
///
/// Times are of the monotonic clock, which nobody sets: an iterator outlives a restart of the program, and none a restart of
/// the box. The digest tells one of ours from a typing error; nothing secret is in it.
struct ShardIterator: Equatable {
    var stream: StreamName
    var sequence: Int64
    var madeAt: MonotonicTime

    /// AWS's.
    static let lifetime = Duration.seconds(300)

    init(_ stream: StreamName, at sequence: Int64, madeAt: MonotonicTime) {
        self.stream = stream
        self.sequence = sequence
        self.madeAt = madeAt
    }

    /// - Throws: `InvalidArgumentException`, and `ExpiredIteratorException` for one that is older than five minutes.
    init(reading text: String, at now: MonotonicTime) throws(APIError) {
        guard let data = Data(base64Encoded: text), let iterator = Self(String(decoding: data, as: UTF8.self)) else {
            throw APIError(.invalidArgument, "Invalid ShardIterator.")
        }
        let age = now - iterator.madeAt
        guard (Duration.zero...Self.lifetime).contains(age) else {
            throw APIError(
                .expiredIterator,
                "Iterator expired. Iterators are valid for \(Self.lifetime.milliseconds) milliseconds; get a new one "
                    + "with the sequence number of the last record.")
        }
        self = iterator
    }

    private init?(_ text: String) {
        let parts = text.split(separator: ".", maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count == 4, let made = Int64(parts[1]), let sequence = Int64(parts[2]), sequence >= 0,
            let stream = StreamName(String(parts[3]))
        else { return nil }
        self.init(stream, at: sequence, madeAt: MonotonicTime(nanoseconds: made))
        guard self.content == parts.dropFirst().joined(separator: "."), parts[0] == digest else { return nil }
    }

    var text: String { Data("\(digest).\(content)".utf8).base64EncodedString() }

    private var content: String { "\(madeAt.nanoseconds).\(sequence).\(stream)" }

    private var digest: String {
        let hash = FNV1a.hash("ShardIterator:\(content)".utf8)
        return Hex.text((0..<4).map { UInt8(truncatingIfNeeded: hash >> (8 * $0)) })
    }
}
