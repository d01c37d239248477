/// A list or dictionary as Python's `repr` writes it into a network's metadata. Exactly the forms that name classes and
/// sizes; other text is none.
enum PythonLiteral: Equatable {
    /// `[640, 640]`, or `640` alone.
    case numbers([Int])
    /// `['person', "men's"]`
    case names([String])
    /// `{0: 'person', 1: 'bicycle'}`, in the order of the text.
    case numberedNames([(number: Int, name: String)])

    static func == (one: PythonLiteral, other: PythonLiteral) -> Bool {
        switch (one, other) {
        case (.numbers(let a), .numbers(let b)): a == b
        case (.names(let a), .names(let b)): a == b
        case (.numberedNames(let a), .numberedNames(let b)): a.elementsEqual(b) { $0 == $1 }
        default: false
        }
    }

    /// Entries of a list or dictionary.
    private static let mostEntries = 10_000

    init?(_ text: String) {
        var reader = Reader(text: Array(text.unicodeScalars))
        guard let literal = reader.literal(), reader.isAtEnd else { return nil }
        self = literal
    }

    private struct Reader {
        let text: [Unicode.Scalar]
        var position = 0

        var isAtEnd: Bool {
            mutating get {
                skipSpace()
                return position == text.count
            }
        }

        mutating func skipSpace() {
            while let next = peek, next.properties.isWhitespace { position += 1 }
        }

        private var peek: Unicode.Scalar? { position < text.count ? text[position] : nil }

        /// Steps over `scalar` and the space before it, if it is next.
        mutating func take(_ scalar: Unicode.Scalar) -> Bool {
            skipSpace()
            guard peek == scalar else { return false }
            position += 1
            return true
        }

        mutating func literal() -> PythonLiteral? {
            if take("{") { return dictionary() }
            if take("[") { return list(until: "]") }
            if take("(") { return list(until: ")") }
            return number().map { .numbers([$0]) }
        }

        private mutating func dictionary() -> PythonLiteral? {
            var pairs: [(number: Int, name: String)] = []
            while !take("}") {
                guard pairs.count < mostEntries, let number = number(), take(":"), let name = quoted() else {
                    return nil
                }
                pairs.append((number, name))
                guard take(",") || next("}") else { return nil }
            }
            return .numberedNames(pairs)
        }

        private mutating func list(until end: Unicode.Scalar) -> PythonLiteral? {
            var numbers: [Int] = [], names: [String] = []
            while !take(end) {
                guard numbers.count + names.count < mostEntries else { return nil }
                if let name = quoted() {
                    names.append(name)
                } else if let number = number() {
                    numbers.append(number)
                } else {
                    return nil
                }
                guard take(",") || next(end) else { return nil }
            }
            guard numbers.isEmpty || names.isEmpty else { return nil }
            return names.isEmpty ? .numbers(numbers) : .names(names)
        }

        private mutating func next(_ scalar: Unicode.Scalar) -> Bool {
            skipSpace()
            return peek == scalar
        }

        private mutating func number() -> Int? {
            skipSpace()
            var digits = ""
            while let next = peek, ("0"..."9").contains(next), digits.count < 10 {
                digits.unicodeScalars.append(next)
                position += 1
            }
            return Int(digits)
        }

        /// A string in single or double quotes.
        private mutating func quoted() -> String? {
            skipSpace()
            guard let quote = peek, quote == "'" || quote == "\"" else { return nil }
            position += 1
            var scalars = String.UnicodeScalarView()
            while let next = peek {
                position += 1
                if next == quote { return String(scalars) }
                guard let scalar = next == "\\" ? escaped() : next else { return nil }
                scalars.append(scalar)
            }
            return nil
        }

        private mutating func escaped() -> Unicode.Scalar? {
            guard let kind = peek else { return nil }
            position += 1
            switch kind {
            case "'", "\"", "\\": return kind
            case "n": return "\n"
            case "t": return "\t"
            case "x": return hexadecimal(digits: 2)
            case "u": return hexadecimal(digits: 4)
            case "U": return hexadecimal(digits: 8)
            default: return nil
            }
        }

        private mutating func hexadecimal(digits: Int) -> Unicode.Scalar? {
            guard position + digits <= text.count else { return nil }
            var word = ""
            word.unicodeScalars.append(contentsOf: text[position..<position + digits])
            position += digits
            return UInt32(word, radix: 16).flatMap(Unicode.Scalar.init)
        }
    }
}
