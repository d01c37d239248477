import Base
import Gate
import Infer
import Interpret

/// A network for one size of its input: the letterbox in front, the engine, the head behind.
final class NetworkPlan {
    let engine: Engine
    let detector: Detector
    /// One per camera, since each keeps the plan for its camera's geometry.
    private var letterboxes: [CameraName?: Letterbox] = [:]

    /// - Parameters:
    ///   - shape: of the input; nil: as the file says.
    ///   - replacesSides: whatever height and width the file says.
    ///   - floor: confidence below which nothing is told, 0...1.
    /// - Throws: `InferError` and `InterpretError`.
    init(_ file: NetworkFile, _ manifest: ModelManifest?, shape: [Int]?, replacesSides: Bool, floor: Float) throws {
        engine = try file.engine(inputShape: shape, replacesSides: replacesSides)
        guard let input = engine.inputs.first else { throw CommandFailure(.badData, "it has no input") }
        guard engine.inputs.count == 1 else {
            let names = engine.inputs.map(\.name).joined(separator: ", ")
            throw CommandFailure(
                .badData, "it takes \(engine.inputs.count) inputs (\(names)), and only the picture can be fed")
        }
        detector = try Detector(
            manifest: manifest, facts: file.facts, input: input.shape,
            outputs: engine.outputs.map { TensorShape(name: $0.name, sides: $0.shape) }, floor: floor)
    }

    /// - Parameter camera: whose frame it is; nil for a single picture.
    func detections(in frame: Frame, of camera: CameraName?) -> [Detection] {
        let mapping = unsafe engine.withInput(0) { unsafe letterboxed(frame, of: camera, into: $0) }
        return seen(mapping)
    }

    /// - Parameter crop: no larger than the input.
    func detections(in crop: FaceCrop, of size: PixelSize) -> [Detection] {
        unsafe engine.withInput(0) { unsafe crop.write(to: $0, as: detector.inputSpec) }
        var shown = detector.inputSpec
        (shown.size, shown.resize) = (size, .stretch)
        return seen(InputMapping(frame: size, spec: shown))
    }

    private func seen(_ mapping: InputMapping) -> [Detection] {
        engine.run()
        return detector.detections(in: engine.outputs.indices.map { engine.output($0) }, mapping: mapping)
    }

    /// The frame as the network wants it.
    /// - Parameter input: `[channels, height, width]` of the network's first input.
    func letterboxed(_ frame: Frame, of camera: CameraName?, into input: UnsafeMutableBufferPointer<Float>)
        -> InputMapping
    {
        var letterbox = letterboxes.removeValue(forKey: camera) ?? Letterbox(spec: detector.inputSpec)
        defer { letterboxes[camera] = letterbox }
        return unsafe letterbox.apply(to: frame, into: input)
    }
}
