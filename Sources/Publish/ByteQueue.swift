/// Bytes that wait to be written.
struct ByteQueue {
    private var bytes: [UInt8] = []
    private var start = 0

    var count: Int { bytes.count - start }
    var isEmpty: Bool { count == 0 }
    var waiting: ArraySlice<UInt8> { bytes[start...] }

    mutating func append(_ more: some Sequence<UInt8>) { bytes += more }

    /// The first `count` bytes are written.
    mutating func drop(_ count: Int) {
        start += count
        guard start > 64 << 10 || isEmpty else { return }
        bytes.removeFirst(start)
        start = 0
    }
}
