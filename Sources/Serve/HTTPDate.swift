package import Base

/// The time format of HTTP (RFC 9110 §5.6.7): `Sun, 06 Nov 1994 08:49:37 GMT`. SDKs read the box's clock from it.
package enum HTTPDate {
    /// 1970-01-01 was a Thursday.
    private static let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// - Parameter time: from 1970 to 9999; what is outside is written as 1970.
    package static func text(_ time: WallTime) -> String {
        // yyyy-mm-ddThh:mm:ss.fffZ
        let parts = time.rfc3339.split { !$0.isNumber }
        guard time.milliseconds >= 0, parts.count == 7, parts[0].count == 4, let month = Int(parts[1]),
            months.indices.contains(month - 1)
        else { return "Thu, 01 Jan 1970 00:00:00 GMT" }
        let day = days[Int(time.milliseconds / 86_400_000 % 7)]
        return "\(day), \(parts[2]) \(months[month - 1]) \(parts[0]) \(parts[3]):\(parts[4]):\(parts[5]) GMT"
    }
}
