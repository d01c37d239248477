/// A checked text that is stored as that text: in a database or a file. What is no such text is refused where it is read.
package protocol TextCoded: Codable, CustomStringConvertible {
    /// What such a text is, for whoever reads that a stored one is none.
    static var kind: String { get }

    /// Nil unless the text is one.
    init?(_ text: String)
    var text: String { get }
}

extension TextCoded {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let value = Self(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "no \(Self.kind)")
        }
        self = value
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }

    package var description: String { text }
}
