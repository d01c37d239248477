package import Base

/// The resource names of this box. Region `local` and account zero fit AWS's own patterns
/// (`arn:[a-z\d-]+:rekognition:[a-z\d-]+:\d{12}:streamprocessor\/.+`), so that SDKs and scripts accept them.
package enum ProcessorARN {
    private static let start = "arn:aws:rekognition:local:000000000000:streamprocessor/"

    package static func arn(of name: ProcessorName) -> String { start + name.text }

    /// Of any region and account; nil for anything else than a stream processor.
    package static func name(in arn: String) -> ProcessorName? {
        ResourceARN.rekognition("streamprocessor", in: arn).flatMap(ProcessorName.init)
    }
}

extension String {
    /// The last part of an SNS topic ARN when it can be a part of an MQTT topic: 1–256 characters of
    /// `a-z A-Z 0-9 _ - .` (SNS's own rule for topic names); nil otherwise.
    package var notificationTopic: String? {
        guard let last = split(separator: ":", omittingEmptySubsequences: false).last else { return nil }
        let isName = last.utf8.allSatisfy { $0.isNameCharacter || $0 == UInt8(ascii: ".") }
        return (1...256).contains(last.utf8.count) && isName ? String(last) : nil
    }
}
