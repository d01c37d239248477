import Base

/// JSON for people: one value a line, members below their object, and lists of objects as tables.
enum JSONOutline {
    static func lines(of json: JSONValue, indent: String = "") -> [String] {
        guard case .object(let members) = json else { return [indent + text(of: json)] }
        return members.sorted { $0.key < $1.key }.flatMap { key, value in
            switch value {
            case .object(let inner) where !inner.isEmpty:
                return ["\(indent)\(key)"] + lines(of: value, indent: indent + "  ")
            case .array(let items) where !items.isEmpty:
                return ["\(indent)\(key)"] + table(items).map { "\(indent)  \($0)" }
            default: return ["\(indent)\(key): \(text(of: value))"]
            }
        }
    }

    /// Columns are the members of the first item.
    private static func table(_ items: [JSONValue]) -> [String] {
        guard let columns = items.first?.object?.keys.sorted() else { return items.map(text) }
        return TextTable.lines([columns] + items.map { item in columns.map { text(of: item[$0] ?? .null) } })
    }

    private static func text(of value: JSONValue) -> String {
        switch value {
        case .null: "-"
        case .string(let text): text.isEmpty ? "-" : text
        case .object(let members) where members.isEmpty: "-"
        case .array(let items) where items.isEmpty: "-"
        default: String(decoding: value.jsonBytes, as: UTF8.self)
        }
    }
}
