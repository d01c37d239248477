import Glibc

/// Names of files are bytes: those from other systems may be Latin-1. A text holds such a byte as a character of a private
/// area (U+10FF80 to U+10FFFF), so that it leads back to the file and no two files get the same name.
package enum FileName {
    private static let area: UInt32 = 0x10FF00

    package static func text(_ bytes: some Collection<UInt8>) -> String {
        if let text = String(validating: bytes, as: UTF8.self), !text.unicodeScalars.contains(where: isByte) {
            return text
        }
        var text = String.UnicodeScalarView()
        var rest = Array(bytes)[...]
        while let byte = rest.first {
            if let scalar = character(rest), !isByte(scalar) {
                text.append(scalar)
                rest = rest.dropFirst(UTF8.width(scalar))
            } else {
                if let scalar = Unicode.Scalar(area + UInt32(byte)) { text.append(scalar) }
                rest = rest.dropFirst()
            }
        }
        return String(text)
    }

    /// The bytes of the name, with a NUL behind them.
    package static func bytes(_ text: String) -> [CChar] {
        guard text.unicodeScalars.contains(where: isByte) else { return text.utf8.map(CChar.init(bitPattern:)) + [0] }
        let bytes = text.unicodeScalars.flatMap { scalar -> [UInt8] in
            isByte(scalar) ? [UInt8(truncatingIfNeeded: scalar.value)] : Array(String(scalar).utf8)
        }
        return bytes.map(CChar.init(bitPattern:)) + [0]
    }

    /// For people.
    package static func shown(_ text: String) -> String { replacing(text) { _ in "\u{FFFD}" } }

    /// A line of JSON in which such bytes are written as Python's `surrogateescape` does: `\udce9`.
    package static func escaped(json line: String) -> String {
        replacing(line) { byte in "\\udc" + String(byte, radix: 16) }
    }

    private static func replacing(_ text: String, _ make: (UInt8) -> String) -> String {
        guard text.unicodeScalars.contains(where: isByte) else { return text }
        return text.unicodeScalars.reduce(into: "") { all, scalar in
            all += isByte(scalar) ? make(UInt8(truncatingIfNeeded: scalar.value)) : String(scalar)
        }
    }

    /// What the program was called with, without its own name.
    package static var arguments: [String] {
        (1..<max(1, Int(CommandLine.argc))).compactMap(word)
    }

    /// The name by which the program was started, without its folder: a link to it has another.
    package static var ownName: String {
        String(word(0)?.split(separator: "/").last ?? "")
    }

    private static func word(_ index: Int) -> String? {
        guard index < Int(CommandLine.argc), let word = unsafe CommandLine.unsafeArgv[index] else { return nil }
        return unsafe text(Array(UnsafeRawBufferPointer(start: word, count: strlen(word))))
    }

    private static func isByte(_ scalar: Unicode.Scalar) -> Bool { scalar.value >= area + 0x80 }

    /// The character that these bytes begin with; nil when they are no UTF-8.
    private static func character(_ bytes: ArraySlice<UInt8>) -> Unicode.Scalar? {
        (1...4).lazy.compactMap { String(validating: bytes.prefix($0), as: UTF8.self)?.unicodeScalars.first }.first
    }
}
