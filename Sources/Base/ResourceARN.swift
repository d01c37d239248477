/// AWS's names of resources as callers write them. Scripts compose them with their own partition, region and account: here
/// there is one box, and what the resource is called decides.
package enum ResourceARN {
    /// What stands behind `arn:<partition>:rekognition:<region>:<12 digits>:<kind>/`.
    /// - Returns: nil for anything else.
    package static func rekognition(_ kind: String, in arn: String) -> String? {
        let parts = arn.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
        guard parts.count == 6, parts[0] == "arn", parts[2] == "rekognition", isWord(parts[1]), isWord(parts[3]),
            parts[4].utf8.count == 12, parts[4].utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            parts[5].hasPrefix(kind + "/")
        else { return nil }
        return String(parts[5].dropFirst(kind.count + 1))
    }

    /// `[a-z0-9-]+`
    private static func isWord(_ text: Substring) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D }
    }
}
