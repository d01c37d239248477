/// A piece of a storage, in floats from its start.
struct Block: Hashable {
    var storage: Int
    var offset: Int
}

/// Where the numbers of a tensor lie: the row-major sequence, cut into blocks of one size, each block anywhere.
///
/// For pictures a block is a channel plane. Concat, Split, Slice and shuffles of channels only rearrange this list, and
/// Reshape does not even do that, since the list knows no shape.
struct Layout: Equatable {
    var blockSize: Int
    var blocks: [Block]

    static var empty: Layout { Layout(blockSize: 1, blocks: []) }

    var count: Int { blockSize * blocks.count }

    /// The same numbers in blocks of `size`, or nil when they do not lie so.
    func regrouped(_ size: Int) -> Layout? {
        if size == blockSize || count == 0 { return self }
        guard size > 0, count % size == 0 else { return nil }
        let common = greatestCommonDivisor(size, blockSize)
        guard count / common <= Limits.blocksPerTensor else { return nil }
        return split(common).merged(size)
    }

    /// Channels that each hold all pictures, as planes in the order of the tensor: picture by picture.
    func parted(images: Int) -> Layout {
        let size = blockSize / images
        let planes = (0..<images).flatMap { image in
            blocks.map { Block(storage: $0.storage, offset: $0.offset + image * size) }
        }
        return Layout(blockSize: size, blocks: planes)
    }

    /// The other way round; nil when the pictures of a channel do not lie side by side.
    func joined(images: Int) -> Layout? {
        guard images > 1, blocks.count % images == 0 else { return images == 1 ? self : nil }
        let channels = blocks.count / images
        let joined = Layout(blockSize: blockSize * images, blocks: Array(blocks[..<channels]))
        return joined.parted(images: images) == self ? joined : nil
    }

    private func split(_ size: Int) -> Layout {
        if size == blockSize { return self }
        var pieces: [Block] = []
        pieces.reserveCapacity(count / size)
        for block in blocks {
            for start in stride(from: 0, to: blockSize, by: size) {
                pieces.append(Block(storage: block.storage, offset: block.offset + start))
            }
        }
        return Layout(blockSize: size, blocks: pieces)
    }

    private func merged(_ size: Int) -> Layout? {
        if size == blockSize { return self }
        let each = size / blockSize
        var whole: [Block] = []
        for first in stride(from: 0, to: blocks.count, by: each) {
            let start = blocks[first]
            for index in 1..<each {
                let expected = Block(storage: start.storage, offset: start.offset + index * blockSize)
                guard blocks[first + index] == expected else { return nil }
            }
            whole.append(start)
        }
        return Layout(blockSize: size, blocks: whole)
    }
}

func greatestCommonDivisor(_ left: Int, _ right: Int) -> Int {
    var (a, b) = (left, right)
    while b != 0 { (a, b) = (b, a % b) }
    return a
}
