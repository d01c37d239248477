package import Base

/// The books of all processors as one file.
package enum WhyFile {
    /// - Parameter most: bytes; of each book the newest records stay.
    /// - Returns: nil when not even the counts fit.
    package static func bytes(of books: [ProcessorName: WhyBook], atMost most: Int) -> [UInt8]? {
        for share in [1, 0.5, 0.25, 0.1, 0] {
            let members = books.map { ($0.key.text, $0.value.json(share: share)) }
            let json = JSONValue.object([
                "processors": .object(Dictionary(members, uniquingKeysWith: { first, _ in first }))
            ])
            let bytes = json.jsonBytes
            if bytes.count <= most { return bytes }
        }
        return nil
    }

    /// Nil for what is no such file. A book that nobody understands is left out.
    package static func books(in bytes: [UInt8]) -> [ProcessorName: WhyBook]? {
        guard let members = JSONValue(parsing: bytes)?["processors"]?.object else { return nil }
        var books: [ProcessorName: WhyBook] = [:]
        for (text, json) in members {
            if let name = ProcessorName(text), let book = WhyBook(json) { books[name] = book }
        }
        return books
    }
}
