import KernelTypes

#if arch(arm64) && !KERNELS_DOT

/// The packed weights of four channels: a head; for every two inputs, channel by channel, the word for the first and that for the
/// second, each twice, since two pixels are multiplied at a time; then the words that were packed apart, channel by channel, each
/// behind the number of its input.
///
/// Where no channel has a weight for another one's byte, as in a depthwise convolution, there is one row instead of four: the
/// weight of each byte's own channel.
struct WeightBlock {
    /// How many words the block has, how many are packed apart for each row, and 1 for depthwise.
    static let headWords = 8
    static let wordsPerRow = 4
    static let wordsPerPair = quantizedBlockChannels * wordsPerRow
    static let wordsPerApart = 2
    let start: UnsafePointer<UInt32>
    let depth: Int

    @inline(always) var words: Int { Int(start[0]) }
    @inline(always) func apartCount(_ row: Int) -> Int { Int(start[1 + row]) }
    @inline(always) var isDepthwise: Bool { start[5] != 0 }
    @inline(always) var pairs: UnsafePointer<UInt32> { start + WeightBlock.headWords }
    /// Not for depthwise ones.
    @inline(always) var hasApart: Bool { WeightBlock.words(depth, rows: quantizedBlockChannels) < words }

    /// Of a block without words apart.
    @inline(always) static func words(_ depth: Int, rows: Int) -> Int {
        headWords + (depth + 1) / 2 * rows * wordsPerRow
    }
}

/// At most: a depthwise block needs fewer.
@inline(never) func packedQuantizedWords(_ weights: UnsafePointer<Int8>, _ channels: Int, _ depth: Int) -> Int {
    let blocks = (channels + quantizedBlockChannels - 1) / quantizedBlockChannels
    var apart = 0
    for m in 0..<channels {
        let row = WeightRow(start: weights + 4 * m * depth, depth: depth)
        for k in stride(from: 0, to: depth, by: 2) where overflows(row.word(k), row.word(k + 1)) { apart += 1 }
    }
    return blocks * WeightBlock.words(depth, rows: quantizedBlockChannels) + apart * WeightBlock.wordsPerApart
}

/// Over zeros.
@inline(never) func packQuantized(
    _ weights: UnsafePointer<Int8>, _ channels: Int, _ depth: Int, _ packed: UnsafeMutablePointer<UInt32>,
    _ bias: UnsafeMutablePointer<Int32>
) {
    var block = packed
    for first in stride(from: 0, to: channels, by: quantizedBlockChannels) {
        let rows = min(quantizedBlockChannels, channels - first)
        block += packBlock(weights + 4 * first * depth, rows, depth, block)
    }
    addSignedOffset(weights, channels, depth, bias)
}

/// Where the weights of the next four channels begin.
@inline(always) func nextBlock(_ weights: UnsafePointer<UInt32>, _ depth: Int) -> UnsafePointer<UInt32> {
    weights + WeightBlock(start: weights, depth: depth).words
}

/// The words that were written.
private func packBlock(
    _ weights: UnsafePointer<Int8>, _ rows: Int, _ depth: Int, _ block: UnsafeMutablePointer<UInt32>
) -> Int {
    let pairs = block + WeightBlock.headWords
    var end: UnsafeMutablePointer<UInt32>
    if let depthwise = DepthwiseRow(weights, rows, depth) {
        end = block + WeightBlock.words(depth, rows: 1)
        block[1] = pack(depth, pairs, WeightBlock.wordsPerRow, &end, depthwise.word)
        block[5] = 1
    } else {
        end = block + WeightBlock.words(depth, rows: quantizedBlockChannels)
        for m in 0..<rows {
            let row = WeightRow(start: weights + 4 * m * depth, depth: depth)
            let at = pairs + m * WeightBlock.wordsPerRow
            block[1 + m] = pack(depth, at, WeightBlock.wordsPerPair, &end, row.word)
        }
    }
    block[0] = UInt32(truncatingIfNeeded: end - block)
    return end - block
}

/// One row, its pairs `step` words apart; what does not fit goes to `end`. Returns how many words that are.
@inline(always) private func pack(
    _ depth: Int, _ pairs: UnsafeMutablePointer<UInt32>, _ step: Int, _ end: inout UnsafeMutablePointer<UInt32>,
    _ word: (Int) -> SIMD4<Int8>
) -> UInt32 {
    var at = pairs, apart: UInt32 = 0
    for k in stride(from: 0, to: depth, by: 2) {
        let first = word(k), second = word(k + 1), isApart = overflows(first, second)
        if isApart {
            end[0] = UInt32(truncatingIfNeeded: k + 1)
            end[1] = unsafeBitCast(second, to: UInt32.self)
            end += WeightBlock.wordsPerApart
            apart += 1
        }
        at[0] = unsafeBitCast(first, to: UInt32.self)
        at[1] = at[0]
        at[2] = isApart ? 0 : unsafeBitCast(second, to: UInt32.self)
        at[3] = at[2]
        at += step
    }
    return apart
}

/// The four weights of one channel for each input; zeros behind the last.
private struct WeightRow {
    let start: UnsafePointer<Int8>
    let depth: Int

    @inline(always) func word(_ k: Int) -> SIMD4<Int8> {
        k < depth ? UnsafeRawPointer(start).loadUnaligned(fromByteOffset: 4 * k, as: SIMD4<Int8>.self) : SIMD4()
    }
}

/// The weights of four channels where each has weights for its own byte only.
private struct DepthwiseRow {
    private let start: UnsafePointer<Int8>
    private let rows: Int
    private let depth: Int

    init?(_ start: UnsafePointer<Int8>, _ rows: Int, _ depth: Int) {
        self.start = start
        self.rows = rows
        self.depth = depth
        for m in 0..<rows {
            let row = WeightRow(start: start + 4 * m * depth, depth: depth)
            for k in 0..<depth {
                var others = row.word(k)
                others[m] = 0
                if others != SIMD4() { return nil }
            }
        }
    }

    @inline(always) func word(_ k: Int) -> SIMD4<Int8> {
        var word = SIMD4<Int8>()
        for m in 0..<rows { word[m] = WeightRow(start: start + 4 * m * depth, depth: depth).word(k)[m] }
        return word
    }
}

@inline(always) private func overflows(_ first: SIMD4<Int8>, _ second: SIMD4<Int8>) -> Bool {
    any((first .== SIMD4(repeating: -128)) .& (second .== SIMD4(repeating: -128)))
}

#endif
