/// A configured camera: 1–64 characters of `a-z A-Z 0-9 _ -`, since it becomes a topic segment and part of an ARN.
package struct CameraName: Sendable, Hashable, Comparable, Codable, CustomStringConvertible {
    package let text: String

    package init?(_ text: String) {
        guard (1...64).contains(text.utf8.count), text.utf8.allSatisfy(\.isNameCharacter) else { return nil }
        self.text = text
    }

    package var description: String { text }
    package static func < (a: CameraName, b: CameraName) -> Bool { a.text < b.text }
}

/// A stream processor's name: 1–128 characters of `a-z A-Z 0-9 _ . -` (AWS's own rule).
package struct ProcessorName: Sendable, Hashable, Comparable, Codable, CustomStringConvertible {
    package let text: String

    package init?(_ text: String) {
        guard (1...128).contains(text.utf8.count),
            text.utf8.allSatisfy({ $0.isNameCharacter || $0 == UInt8(ascii: ".") })
        else { return nil }
        self.text = text
    }

    package init(_ camera: CameraName) { text = camera.text }

    /// The name of its own folder. By AWS's rule a processor may be called `..`; a folder may not.
    package var folderName: String { text.allSatisfy { $0 == "." } ? "_\(text)" : text }

    package var description: String { text }
    package static func < (a: ProcessorName, b: ProcessorName) -> Bool { a.text < b.text }
}

extension UInt8 {
    /// `a-z A-Z 0-9 _ -`
    package var isNameCharacter: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}

extension Unicode.Scalar {
    /// C0, DEL, C1 and the line separators.
    package var isControl: Bool { value < 0x20 || (0x7F...0x9F).contains(value) || (0x2028...0x2029).contains(value) }
}
