package import Base
import Glibc

/// What the box itself feels: CPU, memory, temperature. Read from /proc and /sys.
package struct SystemVitals {
    /// What a shorter time says is chance.
    private static let least = Duration.seconds(10)

    private var before: (cpu: Duration, at: MonotonicTime)?
    private var percent: Double?

    package init() {}

    /// Percent of one core that this program used since about the last call; 200 on two full cores. Nil until it has run for
    /// ten seconds since the first call: loading the networks is no load that anybody has to bear.
    package mutating func cpuPercent(at now: MonotonicTime = .now(), used: Duration? = Self.usedCPU) -> Double? {
        guard let used else { return nil }
        guard let before else {
            before = (used, now)
            return nil
        }
        if now - before.at >= Self.least {
            percent = (used - before.cpu).inSeconds / (now - before.at).inSeconds * 100
            self.before = (used, now)
        }
        return percent
    }

    /// Of all threads since the start of the program.
    package static var usedCPU: Duration? {
        var usage = rusage()
        guard unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 else { return nil }
        func duration(_ time: timeval) -> Duration { .seconds(time.tv_sec) + .microseconds(time.tv_usec) }
        return duration(usage.ru_utime) + duration(usage.ru_stime)
    }

    /// Resident memory of this program in MiB; nil without /proc.
    static var residentMegabytes: Double? {
        guard let text = firstLine(of: "/proc/self/statm") else { return nil }
        let pages = text.split(separator: " ").dropFirst().first.flatMap { Double($0) }
        return pages.map { $0 * Double(sysconf(Int32(_SC_PAGESIZE))) / 1_048_576 }
    }

    /// Of the hottest zone in °C; nil on boards that do not tell.
    static var temperature: Double? {
        let zones = (0..<8).compactMap { firstLine(of: "/sys/class/thermal/thermal_zone\($0)/temp") }
        return zones.compactMap { Double($0) }.map { $0 / 1000 }.filter { (-50...150).contains($0) }.max()
    }

    private static func firstLine(of path: String) -> String? {
        guard let bytes = try? readFile(path, atMost: 4096) else { return nil }
        return String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    }
}
