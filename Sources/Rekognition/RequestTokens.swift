import Base
import Runtime
import Synchronization

/// `ClientRequestToken`: a request that is repeated with the same token, since its answer was lost, gets that answer again.
final class RequestTokens: Sendable {
    private struct Answered: Sendable {
        var key: String
        var request: UInt64
        var answer: JSONValue
    }

    /// AWS remembers for hours; the newest of the box are enough for clients that repeat within seconds.
    private static let most = 256
    private let answered = Mutex<[Answered]>([])

    /// - Parameter token: nil: the request is answered anew.
    /// - Throws: `IdempotentParameterMismatchException` for a token of another request.
    func once(
        _ operation: String, _ token: String?, _ request: JSONValue, _ work: () async throws(APIError) -> JSONValue
    ) async throws(APIError) -> JSONValue {
        guard let token else { return try await work() }
        let key = "\(operation):\(token)", hash = UInt64(FNV1a.hash(request.jsonBytes))
        if let before = answered.withLock({ $0.last { $0.key == key } }) {
            guard before.request == hash else {
                throw APIError(
                    .idempotentParameterMismatch,
                    "ClientRequestToken '\(token)' was used for another request; a new request needs a new one.")
            }
            return before.answer
        }
        let answer = try await work()
        answered.withLock { answered in
            if answered.count >= Self.most { answered.removeFirst() }
            answered.append(Answered(key: key, request: hash, answer: answer))
        }
        return answer
    }
}
