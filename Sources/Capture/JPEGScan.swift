/// A quick look at a JPEG from a camera without decoding it (ITU-T T.81, annex B).
enum JPEGScan {
    enum Verdict: Equatable { case whole, damaged, endMissing }

    /// A JPEG with any picture in it is longer than this.
    static let leastBytes = 125

    /// Whole means: starts with SOI and ends with EOI, though zeros or a few odd bytes may follow as padding.
    static func look(_ bytes: UnsafeRawBufferPointer) -> Verdict {
        guard bytes.count >= leastBytes, unsafe bytes[0] == 0xFF, unsafe bytes[1] == 0xD8 else { return .damaged }
        var end = bytes.count
        while end > leastBytes, unsafe bytes[end - 1] == 0 { end -= 1 }
        // Entropy-coded data stuffs every FF with 00, so FFD9 cannot appear inside it.
        let window = max(2, end - 32)
        var index = end - 1
        while index >= window {
            if unsafe bytes[index - 1] == 0xFF && bytes[index] == 0xD9 { return .whole }
            index -= 1
        }
        return .endMissing
    }
}
