import Base

/// Porchlight's own addition to UpdateStreamProcessor: settings for a while. AWS's clients cannot send members that are
/// not in the service model, so over HTTP they stand in headers; MQTT commands have them among the others.
extension TrialStep {
    private static let seconds = "trialSeconds"
    private static let word = "trial"

    static func read(_ request: Members) throws(APIError) -> TrialStep? {
        let lasting = try request.integer(seconds, in: SettingsTrial.range)
        let ending = try request.string(word, .any)
        if lasting != nil, ending != nil {
            request.refuse(word, because: "Member must not stand beside trialSeconds")
        }
        switch ending {
        case nil: return lasting.map { .lasting(seconds: $0) }
        case "confirm": return .confirm
        case "revert": return .revert
        default:
            request.refuse(word, because: "Member must satisfy enum value set: [confirm, revert]")
            return nil
        }
    }

    /// What `X-Porchlight-Trial-Seconds` and `X-Porchlight-Trial` say, as members of the request.
    static func members(of head: RequestHead) throws(APIError) -> [String: JSONValue] {
        var members: [String: JSONValue] = [:]
        if let text = head["x-porchlight-trial-seconds"] {
            guard let number = Int(text) else {
                throw APIError(
                    .invalidParameter, "X-Porchlight-Trial-Seconds must be a whole number, not '\(text.prefix(100))'.")
            }
            members[seconds] = .integer(Int64(number))
        }
        if let text = head["x-porchlight-trial"] { members[word] = .string(text) }
        return members
    }
}

extension SettingsTrial {
    /// For Describe's `StatusMessage`.
    var text: String { "Settings on trial until \(until.rfc3339); they go back unless confirmed" }
}
