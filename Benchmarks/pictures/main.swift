// Milliseconds per stage between a camera and the network: `PictureBenchmark PICTURE.jpg`, one JSON object. One thread, the
// best of many runs; run.sh measures peers beside it.

import Base
import Decode
import Foundation
import Gate

func best(_ body: () throws -> Void) rethrows -> Double {
    var best = Double.infinity, spent = 0.0
    while spent < 300 {
        let start = ContinuousClock.now
        try body()
        let milliseconds = (ContinuousClock.now - start) / .milliseconds(1)
        best = min(best, milliseconds)
        spent += milliseconds
    }
    return best
}

struct Failure: Error { let what: String }

/// The same picture as a camera sends it raw.
func yuyv(of frame: Frame, pool: FramePool) throws -> Frame {
    let made = unsafe pool.frame(
        .yuyv422, frame.size, isFullRange: frame.isFullRange, capturedAt: frame.capturedAt, sequence: 0
    ) { _, target, layout in
        for y in 0..<frame.size.height {
            for (plane, first, step) in [(0, 0, 2), (1, 1, 4), (2, 3, 4)] {
                unsafe frame.withPlane(plane) { bytes, source in
                    for x in 0..<source.rowBytes {
                        let row = y * source.rows / frame.size.height
                        unsafe target[y * layout.stride + first + x * step] = bytes[row * source.stride + x]
                    }
                }
            }
        }
    }
    guard let made else { throw Failure(what: "no buffer") }
    return made
}

func input(_ width: Int, _ height: Int) throws -> InputSpec {
    guard let size = PixelSize(width: width, height: height) else {
        throw Failure(what: "\(width)x\(height) is no size")
    }
    return InputSpec(size: size, colorOrder: .bgr, resize: .letterboxTopLeft, padValue: 114)
}

func stages(of jpeg: [UInt8]) throws -> [String: Double] {
    let pool = PicturePool(capacity: 4, rotation: .none), decoder = try PictureDecoder()
    guard let size = try PictureBytes(jpeg).storedSize else { throw Failure(what: "no size") }
    func take(as form: PictureForm) throws -> CameraPicture {
        let outcome = unsafe jpeg.withUnsafeBytes { bytes in
            decoder.take(
                unsafe CapturedPicture(
                    bytes: bytes, format: .mjpg, size: size, stride: 0, isFullRange: true, capturedAt: .now(),
                    sequence: 0), into: pool, as: form)
        }
        guard case .picture(let picture) = outcome else { throw Failure(what: "no JPEG that can be decoded") }
        return picture
    }
    guard let frame = try take(as: .whole).preview?.frame, let preview = try take(as: .preview).preview,
        preview.isEighth
    else { throw Failure(what: "no baseline JPEG whose sides are multiples of 8") }
    let snapshot = try take(as: .asSent), encoder = try JPEGEncoder()
    let raw = try yuyv(of: frame, pool: FramePool(capacity: 1))
    let spec = try input(416, 416), quarter = try input(frame.size.width / 4, frame.size.height / 4)
    var letterbox = Letterbox(spec: spec), rawLetterbox = Letterbox(spec: spec), gate = MotionGate()
    var quarterLetterbox = Letterbox(spec: quarter)
    var input = [Float](repeating: 0, count: spec.floatCount)
    var quarterInput = [Float](repeating: 0, count: quarter.floatCount)
    return [
        "jpegAsSent": try best { _ = try take(as: .asSent) },
        "jpeg": try best { _ = try take(as: .whole) },
        "jpegEighth": try best { _ = try take(as: .preview) },
        "jpegBehindEighth": try best { _ = try decoder.frame(of: try take(as: .asSent)) },
        "snapshotOfOwnBytes": best { _ = snapshot.ownJPEG },
        "snapshotEncoded": try best { _ = try encoder.encode(frame, quality: 85) },
        "motionOfEighth": best { _ = gate.sawMotion(in: preview.frame, isEighth: true) },
        "motionOfFrame": best { _ = gate.sawMotion(in: frame) },
        "motionOfYUYV": best { _ = gate.sawMotion(in: raw) },
        "letterbox": best { input.withUnsafeMutableBufferPointer { _ = unsafe letterbox.apply(to: frame, into: $0) } },
        "letterboxOfYUYV": best {
            input.withUnsafeMutableBufferPointer { _ = unsafe rawLetterbox.apply(to: raw, into: $0) }
        },
        "quarterOfYUYV": best {
            quarterInput.withUnsafeMutableBufferPointer { _ = unsafe quarterLetterbox.apply(to: raw, into: $0) }
        },
    ]
}

do {
    guard CommandLine.arguments.count == 2 else { throw Failure(what: "usage: PictureBenchmark PICTURE.jpg") }
    let jpeg = [UInt8](try Data(contentsOf: URL(filePath: CommandLine.arguments[1])))
    print(String(decoding: try JSONEncoder().encode(try stages(of: jpeg)), as: UTF8.self))
} catch {
    print("\(error)")
    exit(65)
}
