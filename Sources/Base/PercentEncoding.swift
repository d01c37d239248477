/// `%XY` in URLs (RFC 3986, section 2.1).
package enum PercentEncoding {
    /// Everything but `A-Z a-z 0-9 - . _ ~` as `%XY`, in upper case.
    /// - Parameter kept: bytes that stay as they are, too, such as the slashes of a path.
    package static func encoded(_ bytes: some Sequence<UInt8>, keeping kept: String = "") -> String {
        var text: [UInt8] = []
        for byte in bytes {
            if byte.isNameCharacter || ".~".utf8.contains(byte) || kept.utf8.contains(byte) {
                text.append(byte)
            } else {
                text.append(UInt8(ascii: "%"))
                text.append(contentsOf: Hex.text(CollectionOfOne(byte)).uppercased().utf8)
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// The bytes as they are meant; a `%` without two digits stays.
    package static func decoded(_ text: some StringProtocol) -> [UInt8] {
        let bytes = Array(text.utf8)
        var result: [UInt8] = []
        var index = 0
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: "%"), index + 2 < bytes.count, let high = Hex.digit(bytes[index + 1]),
                let low = Hex.digit(bytes[index + 2])
            {
                result.append(high << 4 | low)
                index += 3
            } else {
                result.append(bytes[index])
                index += 1
            }
        }
        return result
    }
}
