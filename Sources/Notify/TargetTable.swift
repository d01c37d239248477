import Base
package import Settings

/// Somebody who can be told: turns a notice into a request, and an answer into what it means. Adding one is a file in
/// `Targets/` and a row below.
package protocol NoticeTarget: Sendable {
    /// The word in the config file.
    static var kind: String { get }
    /// Settings of its own, beside those that all targets have.
    static var keys: [String] { get }
    /// Notes what is wrong; nil after a problem that leaves nothing usable.
    init?(_ entry: SettingObject, _ problems: inout [SettingProblem])
    /// Who it is, without any secret, for the log and the status.
    var server: String { get }
    func request(
        for message: NoticeMessage, picture: [UInt8]?, secrets: SecretReader
    ) throws(SecretTrouble) -> OutgoingRequest
    /// What shows, without telling anybody anything, whether a notice would be taken.
    func probe(_ secrets: SecretReader) throws(SecretTrouble) -> OutgoingRequest
    func verdict(on answer: Answer) -> Verdict
}

extension NoticeTarget {
    package func verdict(on answer: Answer) -> Verdict { Verdict(ofHTTP: answer) }
}

/// The kinds of targets that there are.
package enum TargetTable {
    package static let kinds: [any NoticeTarget.Type] = [
        NtfyTarget.self,
        WebhookTarget.self,
        TelegramTarget.self,
        EmailTarget.self,
    ]
}
