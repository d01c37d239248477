import Base
import Glibc

/// Which board and system this is. None of it changes while the program runs.
struct BoardFacts: Sendable {
    /// As its maker calls it; nil when the kernel does not tell.
    let model: String?
    /// Debian's name and version.
    let system: String?
    let kernel: String
    /// `aarch64`
    let processor: String
    let cores: Int
    let memoryMegabytes: Int

    /// Reads /sys and /etc. The unit hides /proc, where the model stands, too.
    init() {
        var names = utsname()
        _ = unsafe uname(&names)
        kernel = Self.text(names.release)
        processor = Self.text(names.machine)
        model =
            Self.model(in: "/sys/firmware/devicetree/base/model") ?? Self.model(in: "/sys/class/dmi/id/product_name")
        system = Self.system(in: "/etc/os-release")
        cores = sysconf(Int32(_SC_NPROCESSORS_ONLN))
        let (bytes, overflow) = sysconf(Int32(_SC_PHYS_PAGES)).multipliedReportingOverflow(
            by: sysconf(Int32(_SC_PAGESIZE)))
        memoryMegabytes = overflow ? 0 : bytes >> 20
    }

    var json: JSONValue {
        [
            "model": model.map(JSONValue.string) ?? .null, "system": system.map(JSONValue.string) ?? .null,
            "kernel": .string(kernel), "processor": .string(processor), "cores": .integer(Int64(cores)),
            "memoryMegabytes": .integer(Int64(memoryMegabytes)),
            "uptimeSeconds": .integer(Int64(MonotonicTime.now().nanoseconds / 1_000_000_000)),
        ]
    }

    /// The tree of devices ends its texts with a NUL, others with a line's end.
    private static func model(in file: String) -> String? {
        guard let bytes = try? readFile(file, atMost: 256) else { return nil }
        let text = String(decoding: bytes.prefix { $0 >= 0x20 }, as: UTF8.self)
        return text.isEmpty ? nil : text
    }

    /// os-release(5)
    private static func system(in file: String) -> String? {
        guard let bytes = try? readFile(file, atMost: 16 << 10) else { return nil }
        let name = "PRETTY_NAME="
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").first { $0.hasPrefix(name) }
            .map { String($0.dropFirst(name.count).filter { $0 != "\"" }) }
    }

    private static func text<Field>(_ field: Field) -> String {
        // SAFETY: the bytes of a fixed array of characters, all of them there.
        unsafe withUnsafeBytes(of: field) { unsafe String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }
}
