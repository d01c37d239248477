import Base

/// What AWS's service model (2016-06-27) says of one string: length in characters and pattern.
struct StringRule: Sendable {
    struct Pattern: Sendable {
        /// As the service model spells it, for the message.
        var text: String
        var matches: @Sendable (String) -> Bool
    }

    var length: ClosedRange<Int>?
    var pattern: Pattern?

    static let any = StringRule()
    static let processorName = StringRule(length: 1...128, pattern: .name)
    static let collectionID = StringRule(length: 1...255, pattern: .name)
    static let externalImageID = StringRule(length: 1...255, pattern: .faceName)
    static let userID = StringRule(length: 1...128, pattern: .faceName)
    static let faceID = StringRule(
        pattern: Pattern(text: "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}") { FaceID($0) != nil })
    static let requestToken = StringRule(
        length: 1...64,
        pattern: Pattern(text: "^[a-zA-Z0-9-_]+$") {
            !$0.isEmpty && $0.utf8.allSatisfy { Characters.isNameOrDot($0) && $0 != UInt8(ascii: ".") }
        })
    static let videoStreamARN = StringRule(pattern: .arn(service: "kinesisvideo"))
    static let dataStreamARN = StringRule(pattern: .arn(service: "kinesis"))
    static let bucket = StringRule(
        length: 3...255,
        pattern: Pattern(text: #"[0-9A-Za-z\.\-_]*"#) { $0.utf8.allSatisfy(Characters.isNameOrDot) })
    static let keyPrefix = StringRule(length: 0...1024)
    static let roleARN = StringRule(
        pattern: Pattern(text: #"arn:aws:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+"#, matches: isRoleARN))
    static let topicARN = StringRule(pattern: Pattern(text: #"(^arn:aws:sns:.*:\w{12}:.+$)"#, matches: isTopicARN))
    static let kmsKeyID = StringRule(
        length: 1...2048, pattern: Pattern(text: "^[A-Za-z0-9][A-Za-z0-9:_/+=,@.-]{0,2048}$", matches: isKeyID))
    static let fragmentNumber = StringRule(
        length: 1...128,
        pattern: Pattern(text: "^[0-9]+$") { !$0.isEmpty && $0.utf8.allSatisfy(Characters.isDigit) })
    static let objectName = StringRule(length: 1...1024)
    static let labelFilter = StringRule(
        length: 0...50,
        pattern: Pattern(text: "[A-Za-z0-9àâèçñó'-_(). ]*") {
            $0.unicodeScalars.allSatisfy(Characters.isFilterCharacter)
        })
    static let paginationToken = StringRule(length: 0...255)
    static let resourceARN = StringRule(length: 20...2048)
    static let tagKey = StringRule(
        length: 1...128,
        pattern: Pattern(text: #"^(?!aws:)[\p{L}\p{Z}\p{N}_.:/=+\-@]*$"#) {
            !$0.hasPrefix("aws:") && $0.unicodeScalars.allSatisfy(Characters.isTagCharacter)
        })
    static let tagValue = StringRule(
        length: 0...256,
        pattern: Pattern(text: #"^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$"#) {
            $0.unicodeScalars.allSatisfy(Characters.isTagCharacter)
        })

    /// Every broken part, in AWS's words.
    func violations(of value: String) -> [String] {
        var broken: [String] = []
        let count = value.unicodeScalars.count
        if let length, count > length.upperBound {
            broken.append("Member must have length less than or equal to \(length.upperBound)")
        }
        if let length, count < length.lowerBound {
            broken.append("Member must have length greater than or equal to \(length.lowerBound)")
        }
        if let pattern, !pattern.matches(value) {
            broken.append("Member must satisfy regular expression pattern: \(pattern.text)")
        }
        return broken
    }

    private static func isRoleARN(_ text: String) -> Bool {
        guard let rest = text.removing(prefix: "arn:aws:iam::") else { return false }
        let parts = rest.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].utf8.count == 12, parts[0].utf8.allSatisfy(Characters.isDigit),
            let path = parts[1].removing(prefix: "role")
        else { return false }
        return !path.isEmpty && path != "/"
            && path.utf8.allSatisfy { Characters.isNameOrDot($0) || "+=,@/".utf8.contains($0) }
    }

    /// `.*` of the pattern may hold colons, so any colon may be the one before the account.
    private static func isTopicARN(_ text: String) -> Bool {
        guard let rest = text.removing(prefix: "arn:aws:sns:"), !text.contains(where: \.isNewline) else { return false }
        let parts = rest.split(separator: ":", omittingEmptySubsequences: false)
        return parts.indices.dropFirst().dropLast().contains { index in
            parts[index].utf8.count == 12
                && parts[index].utf8.allSatisfy { Characters.isNameOrDot($0) && $0 != 0x2D && $0 != 0x2E }
                && !(parts[index + 1].isEmpty && index + 2 == parts.count)
        }
    }

    private static func isKeyID(_ text: String) -> Bool {
        guard let first = text.utf8.first, Characters.isAlphanumeric(first) else { return false }
        return text.utf8.allSatisfy { Characters.isNameOrDot($0) || ":/+=,@".utf8.contains($0) }
    }
}

extension StringRule.Pattern {
    static let name = Self(text: #"[a-zA-Z0-9_.\-]+"#) {
        !$0.isEmpty && $0.utf8.allSatisfy(Characters.isNameOrDot)
    }

    fileprivate static let faceName = Self(text: #"[a-zA-Z0-9_.\-:]+"#) {
        !$0.isEmpty && $0.utf8.allSatisfy { Characters.isNameOrDot($0) || $0 == UInt8(ascii: ":") }
    }

    fileprivate static func arn(service: String) -> Self {
        Self(text: #"(^arn:([a-z\d-]+):\#(service):([a-z\d-]+):\d{12}:.+$)"#) {
            ARN($0)?.service == service && !$0.contains(where: \.isNewline)
        }
    }
}

/// `arn:<partition>:<service>:<region>:<12 digits>:<resource>`
struct ARN {
    var service: String
    var resource: String

    init?(_ text: String) {
        let parts = text.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
        func isWord(_ part: Substring) -> Bool { !part.isEmpty && part.utf8.allSatisfy(Characters.isRegionCharacter) }
        guard parts.count == 6, parts[0] == "arn", isWord(parts[1]), isWord(parts[3]), parts[4].utf8.count == 12,
            parts[4].utf8.allSatisfy(Characters.isDigit), !parts[5].isEmpty
        else { return nil }
        service = String(parts[2])
        resource = String(parts[5])
    }
}
