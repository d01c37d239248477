package import Base

/// Porchlight's own addition to UpdateStreamProcessor: settings for a while. AWS's clients cannot send members that are
/// not in the service model, so over HTTP they stand in headers; MQTT commands have them among the others.
extension TrialStep {
    /// The members that an update may have beside AWS's: seconds until the settings go back, and `confirm` or `revert`.
    package static let secondsMember = "trialSeconds"
    package static let wordMember = "trial"

    static func read(_ request: Members) throws(APIError) -> TrialStep? {
        let lasting = try request.integer(secondsMember, in: SettingsTrial.range)
        let ending = try request.string(wordMember, .any)
        if lasting != nil, ending != nil {
            request.refuse(wordMember, because: "Member must not stand beside trialSeconds")
        }
        switch ending {
        case nil: return lasting.map { .lasting(seconds: $0) }
        case "confirm": return .confirm
        case "revert": return .revert
        default:
            request.refuse(wordMember, because: "Member must satisfy enum value set: [confirm, revert]")
            return nil
        }
    }
}

extension SettingsTrial {
    /// For Describe's `StatusMessage`.
    var text: String { "Settings on trial until \(until.rfc3339); they go back unless confirmed" }
}
