import Base
import Rekognition

/// Path and query as SigV4 signs them.
enum CanonicalURI {
    /// Dot segments removed (RFC 3986, 5.2.4), repeated slashes joined, each segment encoded once more than it came.
    static func path(_ path: String) -> String {
        var kept: [Substring] = []
        let segments = path.split(separator: "/")
        for segment in segments where segment != "." {
            if segment == ".." { _ = kept.popLast() } else { kept.append(segment) }
        }
        let endsInSlash = path.hasSuffix("/") || segments.last == "." || segments.last == ".."
        let joined = kept.map { encoded(Array($0.utf8)) }.joined(separator: "/")
        return joined.isEmpty ? "/" : "/\(joined)\(endsInSlash ? "/" : "")"
    }

    /// Sorted by name, then value; each decoded and encoded anew.
    static func query(_ query: String) -> String {
        let pairs = query.split(separator: "&").map { pair in
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (encoded(decoded(parts[0])), parts.count > 1 ? encoded(decoded(parts[1])) : "")
        }
        return pairs.sorted { $0 < $1 }.map { "\($0)=\($1)" }.joined(separator: "&")
    }

    /// Everything but `A-Z a-z 0-9 - . _ ~` as `%XY`, in upper case.
    private static func encoded(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        for byte in bytes {
            if Characters.isNameOrDot(byte) || byte == UInt8(ascii: "~") {
                text.append(byte)
            } else {
                text.append(UInt8(ascii: "%"))
                text.append(contentsOf: Hex.text(CollectionOfOne(byte)).uppercased().utf8)
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Percent-encoded bytes as they are meant.
    static func decoded(_ text: Substring) -> [UInt8] {
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
