import Base
import Glibc

/// What the box itself feels: CPU, memory, temperature. Read from /proc and /sys.
struct SystemVitals {
    private var lastCPU: Duration = .zero
    private var lastTime = MonotonicTime.now()

    /// Percent of one core that this program used since the last call; 200 on two full cores.
    mutating func cpuPercent(at now: MonotonicTime = .now()) -> Double {
        var usage = rusage()
        guard unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 else { return 0 }
        func duration(_ time: timeval) -> Duration { .seconds(time.tv_sec) + .microseconds(time.tv_usec) }
        let cpu = duration(usage.ru_utime) + duration(usage.ru_stime)
        defer { (lastCPU, lastTime) = (cpu, now) }
        let passed = (now - lastTime).inSeconds
        return passed > 0 ? (cpu - lastCPU).inSeconds / passed * 100 : 0
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
