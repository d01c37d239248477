import KernelTypes

/// What some tensors were made of. A reader that can start from that instead leaves the tensor unread, and the step that made
/// it is dropped.
struct Origins {
    /// A plane whose pixels were repeated.
    struct Enlargement: Equatable {
        var height: Int
        var width: Int
        var factors: Factors
    }

    struct Factors: Equatable {
        var y: Int
        var x: Int
    }

    /// A picture that got a border of constant pixels.
    struct Border {
        var inside: Value
        var top: Int
        var left: Int
        var filler: Float
    }

    fileprivate var enlarged: [Block: (source: Block, enlargement: Enlargement)] = [:]
    fileprivate var bordered: [Block: Border] = [:]

    mutating func note(_ target: Layout, isEnlarged source: Layout, by enlargement: Enlargement) {
        for (block, origin) in zip(target.blocks, source.blocks) { enlarged[block] = (origin, enlargement) }
    }

    mutating func note(_ target: Layout, has border: Border) {
        guard target.blocks.count == 1 else { return }
        bordered[target.blocks[0]] = border
    }
}

/// The channels of a picture of which some are enlarged small ones.
struct EnlargedChannels {
    /// Positions among all channels.
    let plain: [Int]
    let small: [Int]
    /// The small planes.
    let source: Layout
    let enlargement: Origins.Enlargement
}

extension Lowering {
    /// Nil when no channel is enlarged. Of several sizes the first one counts.
    func enlargedChannels(_ layout: Layout) -> EnlargedChannels? {
        guard let first = layout.blocks.lazy.compactMap({ self.origins.enlarged[$0] }).first else { return nil }
        let enlargement = first.enlargement
        guard layout.blockSize == enlargement.pixels * enlargement.factors.area else { return nil }
        var (plain, small, blocks) = ([Int](), [Int](), [Block]())
        for (channel, block) in layout.blocks.enumerated() {
            if let origin = origins.enlarged[block], origin.enlargement == enlargement {
                small.append(channel)
                blocks.append(origin.source)
            } else {
                plain.append(channel)
            }
        }
        let source = Layout(blockSize: enlargement.pixels, blocks: blocks)
        return EnlargedChannels(plain: plain, small: small, source: source, enlargement: enlargement)
    }

    /// Repeats each pixel into `target`, or into a new tensor.
    func enlarged(_ source: Layout, _ enlargement: Origins.Enlargement, to target: Layout? = nil) throws(InferError)
        -> Layout
    {
        let pixels = enlargement.pixels * enlargement.factors.area
        let kernels = kernels
        let result: Layout
        if let target {
            result = target
        } else {
            result = try newTensor([source.blocks.count, pixels], blockSize: pixels)
        }
        try emit(reads: [source], writes: [result]) { memory in
            UpsampleStep(
                kernels, from: PlaneList(source, in: memory), to: PlaneList(result, in: memory), enlargement)
        }
        origins.note(result, isEnlarged: source, by: enlargement)
        return result
    }

    /// The picture inside of a border of `padding`, and the window that takes the border for padding of its own.
    func withoutBorder(_ value: Value, _ window: Window, padding: Float) -> (value: Value, window: Window)? {
        guard case .floats(let layout) = value.content, layout.blocks.count == 1,
            let border = origins.bordered[layout.blocks[0]], border.filler == padding, value.shape.count == 4,
            layout.count == value.count, border.inside.shape[..<2] == value.shape[..<2],
            // The strips of the depthwise kernel read no further beside a plane.
            window.padLeft + border.left <= 4
        else { return nil }
        var window = window
        window.inputHeight = border.inside.shape[2]
        window.inputWidth = border.inside.shape[3]
        window.padTop += border.top
        window.padLeft += border.left
        return (border.inside, window)
    }
}

extension Origins.Enlargement {
    /// Of the small plane.
    var pixels: Int { height * width }
}

extension Origins.Factors {
    var area: Int { y * x }
}

extension Window {
    /// Whether no output pixel sees anything beside the input.
    var staysInside: Bool {
        padTop <= 0 && padLeft <= 0
            && (outputHeight - 1) * strideY - padTop + (kernelHeight - 1) * dilationY < inputHeight
            && (outputWidth - 1) * strideX - padLeft + (kernelWidth - 1) * dilationX < inputWidth
    }
}
