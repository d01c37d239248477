import Glibc

/// The constants of all engines of one network. What two of them have alike is kept once: the packed weights above all,
/// which do not depend on the input's shape. Compared byte by byte, so that nobody has to know where a constant comes from.
/// Used by one thread.
final class ConstantPool {
    private struct Entry {
        weak var constant: (any Constant)?
    }

    /// By hash. An entry goes with the last engine that uses it.
    private var entries: [Int: [Entry]] = [:]

    /// The constant itself, or one with the same bytes that an engine has already.
    func shared<C: Constant>(_ constant: C) -> C {
        let hash = unsafe Self.hash(of: constant.rawBytes)
        let known = entries[hash, default: []].filter { $0.constant != nil }
        for entry in known {
            if let same = entry.constant as? C, unsafe Self.areEqual(same.rawBytes, constant.rawBytes) { return same }
        }
        entries[hash] = known + [Entry(constant: constant)]
        return constant
    }

    /// Of the size and of some words at even distances: enough to tell most constants apart, and no second reading of all of them.
    private static func hash(of bytes: UnsafeRawBufferPointer) -> Int {
        var hasher = Hasher()
        hasher.combine(bytes.count)
        let words = bytes.count / 4
        for word in stride(from: 0, to: words, by: max(1, words / 64)) {
            unsafe hasher.combine(bytes.loadUnaligned(fromByteOffset: 4 * word, as: UInt32.self))
        }
        return hasher.finalize()
    }

    private static func areEqual(_ a: UnsafeRawBufferPointer, _ b: UnsafeRawBufferPointer) -> Bool {
        guard a.count == b.count else { return false }
        guard let start = a.baseAddress, let other = b.baseAddress else { return true }
        // SAFETY: both hold as many bytes.
        return unsafe memcmp(start, other, a.count) == 0
    }

    /// Of all constants that an engine still uses.
    var byteCount: Int {
        entries.values.joined().reduce(0) { sum, entry in unsafe sum + (entry.constant?.rawBytes.count ?? 0) }
    }
}

/// Numbers that do not change after loading.
protocol Constant: AnyObject {
    var rawBytes: UnsafeRawBufferPointer { get }
}

extension FloatBuffer: Constant {
    var rawBytes: UnsafeRawBufferPointer { unsafe UnsafeRawBufferPointer(values) }
}

extension FixedList: Constant {
    var rawBytes: UnsafeRawBufferPointer {
        unsafe UnsafeRawBufferPointer(start: start, count: count * MemoryLayout<Element>.stride)
    }
}
