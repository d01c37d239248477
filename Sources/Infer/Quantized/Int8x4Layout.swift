import KernelTypes

/// Where one channel of an 8-bit tensor lies, one byte of every word of a block, and what its bytes stand for.
struct Int8x4Channel: Hashable {
    var block: Block
    /// 0...3
    var lane: Int
    var scale: ByteScale
}

/// Where the channels of an 8-bit tensor lie, in order. Like `Layout`, Concat, Split, Slice and shuffles of channels only
/// rearrange this list: a convolution reads whatever int8x4 blocks its channels lie in and orders its weights accordingly.
struct Int8x4Layout {
    /// Words of a block, one for each pixel.
    var pixels: Int
    var channels: [Int8x4Channel]

    init(pixels: Int, channels: [Int8x4Channel]) {
        self.pixels = pixels
        self.channels = channels
    }

    /// Four channels in each block; the last one may have fewer.
    init(_ int8x4: Layout, scales: [ByteScale]) {
        pixels = int8x4.blockSize
        channels = scales.indices.map { Int8x4Channel(block: int8x4.blocks[$0 / 4], lane: $0 % 4, scale: scales[$0]) }
    }

    /// The same channels in the blocks of another layout, which has one for each of `blocks`.
    func placed(in layout: Layout) -> Int8x4Layout {
        let index = blocks.index
        var moved = self
        moved.pixels = layout.blockSize
        for place in channels.indices { moved.channels[place].block = layout.blocks[index[place]] }
        return moved
    }

    /// When all channels have the same.
    var scale: ByteScale? {
        guard let first = channels.first?.scale, channels.allSatisfy({ $0.scale == first }) else { return nil }
        return first
    }

    var count: Int { pixels * channels.count }

    /// The blocks in the order in which they are met first, and which one of them each channel lies in.
    var blocks: (layout: Layout, index: [Int]) {
        var places: [Block: Int] = [:]
        var blocks: [Block] = []
        var index: [Int] = []
        var last: (block: Block, place: Int)?
        for channel in channels {
            // Neighbours lie in one block most of the time.
            if let last, last.block == channel.block {
                index.append(last.place)
                continue
            }
            let place = places[channel.block] ?? blocks.count
            if place == blocks.count {
                places[channel.block] = place
                blocks.append(channel.block)
            }
            index.append(place)
            last = (channel.block, place)
        }
        return (Layout(blockSize: pixels, blocks: blocks), index)
    }

    /// The int8x4 blocks, if channel i lies in lane i % 4 of int8x4 block i / 4.
    var aligned: Layout? {
        let (layout, index) = blocks
        let isAligned = channels.indices.allSatisfy { channels[$0].lane == $0 % 4 && index[$0] == $0 / 4 }
        return isAligned ? layout : nil
    }

    subscript(range: Range<Int>) -> Int8x4Layout { Int8x4Layout(pixels: pixels, channels: Array(channels[range])) }
}

/// The 8-bit numbers that a weight tensor was made from.
final class QuantizedOrigin {
    let numbers: FixedBytes<Int8>
    /// One, or one for each entry of the first side.
    let scales: [Float]

    init(numbers: FixedBytes<Int8>, scales: [Float]) {
        self.numbers = numbers
        self.scales = scales
    }
}

/// One scale for all channels, or one for each.
struct ByteScales: Equatable {
    /// Not empty.
    let list: [ByteScale]

    init(_ scale: ByteScale) { list = [scale] }

    /// Nil for an empty list.
    init?(_ list: [ByteScale]) {
        guard !list.isEmpty else { return nil }
        self.list = list
    }

    var single: ByteScale? { list.count == 1 ? list[0] : nil }

    /// One for each of `channels`, batch after batch; nil where the numbers do not fit.
    func each(of channels: Int) -> [ByteScale]? {
        guard channels % list.count == 0 else { return nil }
        return (0..<channels).map { list[$0 % list.count] }
    }
}

/// What fusion moved from a QuantizeLinear into the node before it: how the result becomes bytes.
struct ByteTarget {
    /// Of the node's own result.
    var inner: ByteScales
    /// What follows on the bytes, where they have one scale: an activation, already rounded, and what its bytes stand for.
    var function: (table: [UInt8], scale: ByteScale)?
    var type: ElementType

    init(_ scales: ByteScales, _ type: ElementType) {
        inner = scales
        self.type = type
    }

    /// Of the bytes in the end.
    var scales: ByteScales { function.map { ByteScales($0.scale) } ?? inner }
}

extension ByteScale {
    /// Signed bytes are kept as unsigned ones, 128 higher; nil where a scale or a zero point is not usable.
    init?(scale: Float, zeroPoint: Int64, type: ElementType) {
        let shift: Int64 = type == .int8 ? 128 : 0
        guard type == .uint8 || type == .int8, scale.isFinite, scale > 0, type.integers.contains(zeroPoint) else {
            return nil
        }
        self.init(scale: scale, zeroPoint: Int32(zeroPoint + shift))
    }
}
