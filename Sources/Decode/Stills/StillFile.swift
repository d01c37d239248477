import Base
import CLibAV

/// A picture file as its header describes it. Nothing is decoded and no memory taken yet.
struct StillFile {
    private enum Coding {
        case jpeg(JPEGFile)
        case png(PNGFile)
    }

    private let coding: Coding

    /// - Throws: `.corrupt` for what is neither JPEG nor PNG, or damaged in a way that shows without decoding.
    init(reading bytes: [UInt8]) throws(DecodeError) {
        switch FileKind.ofFile(startingWith: Array(bytes.prefix(16))) {
        case .jpeg: coding = .jpeg(try JPEGFile(reading: bytes))
        case .png: coding = .png(try PNGFile(reading: bytes))
        case .folder, .clip, nil: throw .corrupt("it begins neither as a JPEG nor as a PNG")
        }
    }

    var codec: AVCodecID {
        switch coding {
        case .jpeg: AV_CODEC_ID_MJPEG
        case .png: AV_CODEC_ID_PNG
        }
    }

    /// As stored, before it is made upright.
    var width: Int {
        switch coding {
        case .jpeg(let file): file.width
        case .png(let file): file.width
        }
    }

    var height: Int {
        switch coding {
        case .jpeg(let file): file.height
        case .png(let file): file.height
        }
    }

    var upright: Upright {
        switch coding {
        case .jpeg(let file): file.upright
        case .png: Upright()
        }
    }

    /// Where in the file that lies which the decoder gets.
    var parts: [Range<Int>] {
        switch coding {
        case .jpeg(let file): file.parts
        case .png(let file): file.parts
        }
    }
}

/// How much a picture file may ask for.
struct StillLimits {
    /// Pixels as stored.
    let pixels: Int
    /// Bytes taken while it is decoded, the resulting frame included.
    let memory: Int
    /// Larger pictures come out smaller; nil: every picture comes out in its own size.
    let resultPixels: Int?

    /// For files that somebody names on this machine.
    static let file = StillLimits(pixels: PictureLimit.file, memory: .max, resultPixels: nil)
    /// For what comes over the network.
    static let request = StillLimits(
        pixels: PictureLimit.request, memory: PictureLimit.requestMemory, resultPixels: PictureLimit.requestResult)
}

/// How a picture file is decoded within its limits.
struct StillPlan: Equatable {
    /// libavcodec decodes a JPEG at 1 / 2^`lowres` of its size, each eighth as cheap as the one before.
    var lowres = 0
    /// The size of the result where it is made smaller after decoding.
    var scaled: PixelSize?
    /// Bytes taken at most.
    let memory: Int
}

extension StillFile {
    /// - Throws: `.tooLong`, `.tooLarge` or `.tooMuchMemory` when it cannot be decoded within `limits`.
    func plan(within limits: StillLimits) throws(DecodeError) -> StillPlan {
        let side = max(width, height)
        guard side <= PixelSize.largestSide else {
            throw .tooLong(what: "the picture", side: side, most: PixelSize.largestSide)
        }
        // What libavcodec itself takes (av_image_check_size2, libavutil 57).
        let pixels = width * height
        guard pixels <= limits.pixels, (8 * width + 1024) * (height + 128) < Int(Int32.max) else {
            throw .tooLarge(what: "the picture", pixels: pixels, most: limits.pixels)
        }
        let plan =
            switch coding {
            case .jpeg(let file): plan(file, limits)
            case .png(let file): plan(file, limits)
            }
        guard plan.memory <= limits.memory else {
            throw .tooMuchMemory(what: "the picture", bytes: plan.memory, most: limits.memory)
        }
        return plan
    }

    /// Bytes of an RGB pixel, the largest of a frame.
    private static let frameBytes = 3

    private func plan(_ file: JPEGFile, _ limits: StillLimits) -> StillPlan {
        func plan(_ lowres: Int) -> StillPlan {
            let result = ((width >> lowres) + 64) * ((height >> lowres) + 1)
            let copies = file.needsConversion ? 2 : 1
            return StillPlan(
                lowres: lowres, memory: file.decodingBytes(lowres: lowres) + result * Self.frameBytes * copies)
        }
        guard let most = limits.resultPixels else { return plan(0) }
        let small = (0...3).filter { (width >> $0) * (height >> $0) <= most }.map(plan)
        return small.first { $0.memory <= limits.memory } ?? plan(3)
    }

    private func plan(_ file: PNGFile, _ limits: StillLimits) -> StillPlan {
        let decoding = file.decodingBytes
        // The conversion's result and the frame.
        func memory(_ width: Int, _ height: Int) -> Int { decoding + (width + 64) * height * 2 * Self.frameBytes }
        let whole = memory(width, height)
        guard let most = limits.resultPixels, width * height > most || whole > limits.memory else {
            return StillPlan(memory: whole)
        }
        // What the decoder leaves.
        let room = max(1, min(most, (limits.memory - decoding) / (2 * Self.frameBytes) * 9 / 10))
        let share = min(1, (Double(room) / Double(width * height)).squareRoot())
        let (columns, rows) = (max(1, Int(Double(width) * share)), max(1, Int(Double(height) * share)))
        guard room >= Self.leastResult, let size = PixelSize(width: columns, height: rows) else {
            return StillPlan(memory: whole)
        }
        return StillPlan(scaled: size, memory: memory(columns, rows))
    }

    /// Fewer pixels would show too little of a large picture.
    private static let leastResult = 500_000
}
