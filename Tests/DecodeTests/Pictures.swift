import Base
import Decode
import Foundation
import TestSupport
import Testing

enum Pictures {
    static func size(_ width: Int, _ height: Int) -> PixelSize {
        PixelSize(width: width, height: height) ?? PixelSize.smallest
    }

    /// A picture with soft gradients, so that JPEG keeps it nearly as it is.
    static func gradient(_ width: Int, _ height: Int, _ format: PixelFormat = .yuv420p, isFullRange: Bool = true)
        -> Frame
    {
        let pool = FramePool(capacity: 1)
        let frame = unsafe pool.frame(
            format, size(width, height), isFullRange: isFullRange, capturedAt: MonotonicTime(nanoseconds: 1),
            sequence: 1
        ) { index, target, plane in
            for y in 0..<plane.rows {
                for x in 0..<plane.rowBytes {
                    let value = index == 0 ? 60 + x * 100 / plane.rowBytes + y * 60 / plane.rows : 100 + index * 20
                    unsafe target[y * plane.stride + x] = UInt8(clamping: value)
                }
            }
        }
        guard let frame else { preconditionFailure("a fresh pool has a buffer") }
        return frame
    }

    /// The samples of a plane without padding.
    static func samples(_ frame: Frame, plane index: Int = 0) -> [UInt8] {
        unsafe frame.withPlane(index) { bytes, plane in
            (0..<plane.rows).flatMap { y in
                unsafe Array(bytes[y * plane.stride..<y * plane.stride + plane.rowBytes])
            }
        }
    }

    /// Lends bytes to a decoder as if a camera had sent them.
    /// Differs everywhere, so that a JPEG's bytes are spread over all its rows.
    static func noise(_ width: Int, _ height: Int) -> Frame {
        let pool = FramePool(capacity: 1)
        var numbers = SplitMix(seed: 7)
        let frame = unsafe pool.frame(
            .yuv420p, size(width, height), isFullRange: true, capturedAt: MonotonicTime(nanoseconds: 1), sequence: 1
        ) { index, target, plane in
            for at in 0..<plane.stride * plane.rows {
                unsafe target[at] = index == 0 ? UInt8.random(in: 20...110, using: &numbers) : 128
            }
        }
        guard let frame else { preconditionFailure("the pool is new") }
        return frame
    }

    static func decode(
        _ bytes: [UInt8], _ format: FourCC, _ size: PixelSize, stride: Int = 0, asPreview: Bool = false,
        mayBePartial: Bool = false, with camera: TestCamera
    ) -> DecodeOutcome {
        unsafe bytes.withUnsafeBytes { bytes in
            camera.decoder.take(
                unsafe CapturedPicture(
                    bytes: bytes, format: format, size: size, stride: stride, isFullRange: false,
                    capturedAt: MonotonicTime(nanoseconds: 5), sequence: 9, mayBePartial: mayBePartial),
                into: camera.pool,
                as: asPreview ? .preview : .whole)
        }
    }

    /// A camera's JPEG of which nothing has been decoded; nil when there is no room for it.
    static func asSent(_ bytes: [UInt8], _ size: PixelSize, _ camera: TestCamera) -> CameraPicture? {
        let outcome = unsafe bytes.withUnsafeBytes { bytes in
            camera.decoder.take(
                unsafe CapturedPicture(
                    bytes: bytes, format: .mjpg, size: size, stride: 0, isFullRange: false,
                    capturedAt: MonotonicTime(nanoseconds: 5), sequence: 9),
                into: camera.pool, as: .asSent)
        }
        if case .picture(let picture) = outcome { return picture }
        return nil
    }

    static func frame(_ outcome: DecodeOutcome) -> Frame? {
        guard case .picture(let picture) = outcome, let whole = picture.preview, !whole.isEighth else { return nil }
        return whole.frame
    }

    /// A picture of which only the grey eighth has been decoded.
    static func preview(_ outcome: DecodeOutcome) -> CameraPicture? {
        guard case .picture(let picture) = outcome, picture.preview?.isEighth == true else { return nil }
        return picture
    }

    /// The largest difference between two lists of samples; 255 when their lengths differ.
    static func difference(_ a: [UInt8], _ b: [UInt8]) -> Int {
        guard a.count == b.count else { return 255 }
        return zip(a, b).reduce(0) { max($0, abs(Int($1.0) - Int($1.1))) }
    }

    /// A JPEG of 64x48 pixels with the tables of ITU-T T.81, annex K.3, made by ffmpeg.
    static func withStandardHuffmanTables() throws -> [UInt8] {
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/a.jpg"
        #expect(
            try FFmpeg.make([
                "-f", "lavfi", "-i", "testsrc=size=64x48", "-frames:v", "1", "-huffman", "default", "-q:v", "2", path,
            ]))
        return try readAll(path)
    }

    /// A JPEG without its Huffman tables, as many webcams send them.
    static func withoutHuffmanTables(_ jpeg: [UInt8]) -> [UInt8] {
        var out = Array(jpeg.prefix(2))
        var index = 2
        while index + 4 < jpeg.count, jpeg[index] == 0xFF, jpeg[index + 1] != 0xDA {
            let length = 2 + Int(jpeg[index + 2]) << 8 + Int(jpeg[index + 3])
            if jpeg[index + 1] != 0xC4 { out += jpeg[index..<min(jpeg.count, index + length)] }
            index += length
        }
        return out + jpeg[index...]
    }
}

/// What the thread of one camera has.
struct TestCamera {
    let pool: PicturePool
    let decoder: PictureDecoder

    init(_ turn: Rotation = .none, capacity: Int = 4, mostBytes: Int = 1 << 20) throws {
        pool = PicturePool(capacity: capacity, rotation: turn, mostBytes: mostBytes)
        decoder = try PictureDecoder()
    }
}

extension PixelSize {
    static let smallest: PixelSize = {
        guard let size = PixelSize(width: 1, height: 1) else { preconditionFailure("1x1 is a valid size") }
        return size
    }()
}

/// A folder of its own, removed at the end.
final class TemporaryFolder {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("porchlight-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func write(_ bytes: [UInt8], to name: String) throws -> String {
        try Data(bytes).write(to: URL(fileURLWithPath: "\(path)/\(name)"))
        return "\(path)/\(name)"
    }
}

/// The ffmpeg program, which makes the clips that these tests read.
enum FFmpeg {
    static let program: String? = ["/usr/bin/ffmpeg", "/usr/local/bin/ffmpeg"]
        .first { FileManager.default.isExecutableFile(atPath: $0) }

    /// Runs ffmpeg with these words; false when it fails.
    static func make(_ words: [String]) throws -> Bool {
        guard let program else { return false }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = ["-nostdin", "-v", "error", "-y"] + words
        try process.run()
        process.waitUntilExit()
        return process.terminationStatus == 0
    }
}

/// Recordings that lie beside the project and are no part of it.
enum SharedClips {
    static func path(_ name: String) -> String? {
        let root = ProcessInfo.processInfo.environment["PORCHLIGHT_SHARED"] ?? "../shared"
        let path = "\(root)/video/\(name)"
        return FileManager.default.fileExists(atPath: path) ? path : nil
    }
}
