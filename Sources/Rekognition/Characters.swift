/// Classes of characters in AWS's patterns.
package enum Characters {
    /// `[0-9]`
    package static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    /// `[a-z]`
    package static func isLowercase(_ byte: UInt8) -> Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) }

    /// `[A-Za-z0-9]`
    package static func isAlphanumeric(_ byte: UInt8) -> Bool {
        isDigit(byte) || isLowercase(byte) || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
    }

    /// `[a-zA-Z0-9_.-]`
    package static func isNameOrDot(_ byte: UInt8) -> Bool {
        isAlphanumeric(byte) || byte == UInt8(ascii: "_") || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-")
    }

    /// `[a-z0-9-]`
    package static func isRegionCharacter(_ byte: UInt8) -> Bool {
        isDigit(byte) || isLowercase(byte) || byte == UInt8(ascii: "-")
    }

    /// `[A-Za-z0-9àâèçñó'-_(). ]`, in which `'-_` is the range of ASCII from the apostrophe to the underscore.
    package static func isFilterCharacter(_ scalar: UnicodeScalar) -> Bool {
        ("'"..."_").contains(scalar) || ("a"..."z").contains(scalar) || " àâèçñó".unicodeScalars.contains(scalar)
    }

    /// `[\p{L}\p{Z}\p{N}_.:/=+\-@]`
    package static func isTagCharacter(_ scalar: UnicodeScalar) -> Bool {
        if "_.:/=+-@".unicodeScalars.contains(scalar) { return true }
        return switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .spaceSeparator,
            .lineSeparator, .paragraphSeparator, .decimalNumber, .letterNumber, .otherNumber:
            true
        default: false
        }
    }
}

extension StringProtocol {
    /// What follows `prefix`; nil when the text begins otherwise.
    package func removing(prefix: String) -> SubSequence? { hasPrefix(prefix) ? dropFirst(prefix.count) : nil }
}
