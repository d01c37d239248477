import Rekognition

/// `yyyymmddThhmmssZ`, the time format of SigV4.
enum SignatureDate {
    /// Seconds since 1970; nil when the text is no such time.
    static func seconds(_ text: String) -> Int64? {
        let bytes = Array(text.utf8)
        guard bytes.count == 16, bytes[8] == UInt8(ascii: "T"), bytes[15] == UInt8(ascii: "Z"),
            let year = number(bytes[0..<4]), let month = number(bytes[4..<6]), let day = number(bytes[6..<8]),
            let hour = number(bytes[9..<11]), let minute = number(bytes[11..<13]), let second = number(bytes[13..<15]),
            (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60, second < 61
        else { return nil }
        return days(year: year, month: month, day: day) * 86_400 + hour * 3_600 + minute * 60 + second
    }

    /// For messages.
    static func text(_ seconds: Int64) -> String {
        let day = seconds / 86_400, rest = seconds % 86_400
        var (year, month) = (Int64(1970), Int64(1))
        while days(year: year + 1, month: 1, day: 1) <= day { year += 1 }
        while month < 12, days(year: year, month: month + 1, day: 1) <= day { month += 1 }
        let date = [month, day - days(year: year, month: month, day: 1) + 1].map(padded).joined()
        return "\(year)\(date)T\([rest / 3_600, rest / 60 % 60, rest % 60].map(padded).joined())Z"
    }

    /// Days since 1970-01-01 in the proleptic Gregorian calendar.
    private static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
        // The year begins in March, so that the leap day is its last.
        let shifted = month > 2 ? year : year - 1
        let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
        return 365 * shifted + shifted / 4 - shifted / 100 + shifted / 400 + dayOfYear - 719_468
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int64? {
        guard digits.allSatisfy(Characters.isDigit) else { return nil }
        return digits.reduce(0) { $0 * 10 + Int64($1 - UInt8(ascii: "0")) }
    }

    private static func padded(_ value: Int64) -> String { value < 10 ? "0\(value)" : String(value) }
}

extension Substring {
    func trimmingSpaces() -> Substring {
        var text = self
        while text.first == " " || text.first == "\t" { text.removeFirst() }
        while text.last == " " || text.last == "\t" { text.removeLast() }
        return text
    }
}
