package import Base

/// The books of all processors as one file.
package enum WhyFile {
    /// Written record by record: as one value all of them take twenty times the memory of the file.
    /// - Parameter most: bytes; of each book the newest records stay.
    /// - Returns: nil when not even the counts fit.
    package static func bytes(of books: [ProcessorName: WhyBook], atMost most: Int) -> [UInt8]? {
        for share in [1, 0.5, 0.25, 0.1, 0] {
            if let text = text(of: books, share: share, atMost: most) { return Array(text.utf8) }
        }
        return nil
    }

    private static func text(of books: [ProcessorName: WhyBook], share: Double, atMost most: Int) -> String? {
        var text = #"{"processors":{"#
        for (index, (name, book)) in books.sorted(by: { $0.key.text < $1.key.text }).enumerated() {
            if index > 0 { text += "," }
            JSONValue.string(name.text).write(to: &text)
            text += ":"
            guard book.write(to: &text, share: share, atMost: most) else { return nil }
        }
        text += "}}"
        return text.utf8.count <= most ? text : nil
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
