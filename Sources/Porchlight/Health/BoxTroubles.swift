package import Base
package import Publish

/// What somebody should see to though everything runs: the broker takes less than it is sent, or the clock is wrong. The
/// program is healthy all the same, and `/healthz` says so.
package enum BoxTroubles {
    /// A time server may be far, and the network late, after a start.
    private static let patience = Duration.seconds(600)

    /// - Parameters:
    ///   - link: as it is now.
    ///   - uptime: since the start of the program.
    /// - Returns: each in words with a remedy.
    package static func words(
        link: LinkStatus, time: WallTime, quality: TimeQuality, uptime: Duration
    ) -> [String] {
        broker(link) + clock(time, quality, uptime)
    }

    private static func broker(_ link: LinkStatus) -> [String] {
        // A broker that is away comes back, and hears nothing of it meanwhile.
        guard link.isConnected else { return [] }
        let rival = link.lastError.map { ["MQTT: \($0)"] } ?? []
        return rival + link.shortcomings.map { "MQTT: the broker cannot or must not: \($0)" }
    }

    private static func clock(_ time: WallTime, _ quality: TimeQuality, _ uptime: Duration) -> [String] {
        guard time.isPlausible else {
            return ["the clock says \(time.rfc3339) and is wrong: set it, or let the box reach a time server"]
        }
        guard quality == .unsynchronized, uptime > patience else { return [] }
        return ["no time server keeps the clock right: look at timedatectl, and at the way to the network"]
    }
}
