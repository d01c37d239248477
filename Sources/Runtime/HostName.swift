import Base
import Glibc

/// The name of this machine.
package enum HostName {
    /// As the kernel has it; nil when it does not tell.
    package static var system: String? {
        var bytes = [CChar](repeating: 0, count: 256)
        guard unsafe gethostname(&bytes, bytes.count - 1) == 0 else { return nil }
        return String(decoding: bytes.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// The `deviceId` of a box that was given none: `porchlight-` and eight digits of the machine id. Stable, and two boxes
    /// do not throw each other off the broker.
    package static var deviceID: String {
        guard let id = try? OwnedFileDescriptor.opening("/etc/machine-id", O_RDONLY).read(atMost: 256) else {
            return "porchlight"
        }
        let digits = id.prefix { $0.isNameCharacter }
        // The machine id itself is confidential (man machine-id), a short hash of it is not.
        let text = String(FNV1a.hash(digits), radix: 16)
        return "porchlight-" + String(repeating: "0", count: 8 - text.count) + text
    }
}
