import Base
import Gate
import Infer
import Interpret

/// The detector as one thing: letterbox in front, the engine, the head behind. Used by one thread.
final class Network {
    /// For messages and answers: the manifest's name, else the file's.
    let name: String
    let engine: Engine
    let detector: Detector
    /// One per camera, since each keeps the plan for its camera's geometry.
    private var letterboxes: [CameraName?: Letterbox] = [:]

    /// Labels that this network can emit.
    var labels: Set<Label> { detector.emittableLabels }
    /// What was taken for granted because no manifest says it.
    var assumptions: [String] { detector.assumptions }

    /// `yolox_nano (yolox, 416x416)`
    var summary: String { "\(name) (\(detector.headName), \(detector.inputSpec.size))" }

    /// What it is and finds, and whether its confidences are probabilities.
    var description: String {
        let (known, all) = (detector.calibratedClasses, detector.labelledClasses.keys)
        let some = known.isEmpty ? "not calibrated" : "calibrated for \(known.joined(separator: ", ")) only"
        let calibration = known.count == all.count ? "calibrated" : some
        return "\(summary): \(labels.map(\.rawValue).sorted().joined(separator: ", ")); \(calibration)"
    }

    /// - Parameter floor: confidence below which nothing is told, 0...1.
    /// - Throws: `CommandFailure` that names the file and what is wrong with it.
    init(_ location: ModelLocation, threads: Int, floor: Float = Detector.usualFloor) throws {
        do {
            let manifest = try location.manifest()
            name = manifest?.name ?? location.name
            engine = try Engine.load(path: location.network, inputShape: manifest?.inputShape, threads: threads)
            guard let input = engine.inputs.first else { throw CommandFailure(.badData, "it has no input") }
            detector = try Detector(
                manifest: manifest, input: input.shape,
                outputs: engine.outputs.map { TensorShape(name: $0.name, sides: $0.shape) }, floor: floor)
        } catch let failure as CommandFailure {
            throw failure
        } catch {
            throw CommandFailure(.badData, "model \(location.network): \(error)")
        }
    }

    /// - Parameter camera: whose frame it is; nil for a single picture.
    func detections(in frame: Frame, of camera: CameraName? = nil) -> [Detection] {
        let mapping = unsafe engine.withInput(0) { unsafe letterboxed(frame, of: camera, into: $0) }
        engine.run()
        return detector.detections(in: engine.outputs.indices.map { engine.output($0) }, mapping: mapping)
    }

    /// The frame as the network wants it.
    /// - Parameter input: `[channels, height, width]` of the network's first input.
    @discardableResult
    func letterboxed(_ frame: Frame, of camera: CameraName? = nil, into input: UnsafeMutableBufferPointer<Float>)
        -> InputMapping
    {
        var letterbox = letterboxes.removeValue(forKey: camera) ?? Letterbox(spec: detector.inputSpec)
        defer { letterboxes[camera] = letterbox }
        return unsafe letterbox.apply(to: frame, into: input)
    }
}
