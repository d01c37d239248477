import Base
import Gate
import Infer
import Interpret

/// The detector as one thing: letterbox in front, the engine, the head behind. Used by one thread.
final class Network {
    let name: String
    let engine: Engine
    private let detector: Detector
    /// One per camera, since each keeps the plan for its camera's geometry.
    private var letterboxes: [CameraName?: Letterbox] = [:]

    /// Labels that this network can emit.
    var labels: Set<Label> { detector.emittableLabels }
    /// What was taken for granted because no manifest says it.
    var assumptions: [String] { detector.assumptions }

    /// - Throws: `CommandFailure` that names the file and what is wrong with it.
    init(_ location: ModelLocation, threads: Int) throws {
        name = location.name
        do {
            let manifest = try location.manifest()
            engine = try Engine.load(path: location.network, inputShape: Self.inputShape(manifest), threads: threads)
            guard let input = engine.inputs.first else { throw CommandFailure(.badData, "it has no input") }
            detector = try Detector(
                manifest: manifest, input: input.shape,
                outputs: engine.outputs.map { TensorShape(name: $0.name, sides: $0.shape) })
        } catch let failure as CommandFailure {
            throw failure
        } catch {
            throw CommandFailure(.badData, "model \(location.network): \(error)")
        }
    }

    /// A network may leave its input size open; the manifest then says it.
    private static func inputShape(_ manifest: ModelManifest?) -> [Int]? {
        guard let width = manifest?.width, let height = manifest?.height else { return nil }
        return [1, 3, height, width]
    }

    /// - Parameter camera: whose frame it is; nil for a single picture.
    func detections(in frame: Frame, of camera: CameraName? = nil) -> [Detection] {
        var letterbox = letterboxes.removeValue(forKey: camera) ?? Letterbox(spec: detector.inputSpec)
        let mapping = unsafe engine.withInput(0) { unsafe letterbox.apply(to: frame, into: $0) }
        letterboxes[camera] = letterbox
        engine.run()
        return detector.detections(in: engine.outputs.indices.map { engine.output($0) }, mapping: mapping)
    }
}
