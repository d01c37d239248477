import Base
import Infer
import Interpret
import Runtime

/// The detector as one thing. Used by one thread.
///
/// A network with an input of one size is planned once. One that takes pictures in their own shape is planned for each
/// shape that came lately, at most `mostPlans`; the plans share weights, threads and workspace.
final class Network {
    /// For messages and answers: the manifest's name, else the file's.
    let name: String
    let sizing: InputSizing
    /// The family of its outputs: a row of `HeadTable`.
    let headName: String
    /// Labels that this network can emit.
    let labels: Set<Label>
    /// The classes that make a label, by name.
    let labelledClasses: [String: Label]
    /// Those of them whose scores are probabilities.
    let calibratedClasses: [String]
    /// What was taken for granted because no manifest says it.
    let assumptions: [String]

    /// Shapes for which a daemon's network is planned at a time. A fifth one takes the place of the one that was used the
    /// longest ago: nothing is lost, planning takes some hundredths of a second.
    static let mostPlans = 4
    /// The same for commands that look at photographs, which come in more shapes than cameras.
    static let mostPlansOfPhotographs = 32
    private let file: NetworkFile
    private let manifest: ModelManifest?
    private let floor: Float
    private var plans: RecentValues<PixelSize, NetworkPlan>
    /// The plan that the network was checked with. It stays, and takes pictures for which there can be no plan.
    private let first: NetworkPlan
    private let tell: @Sendable (String) -> Void
    private var refused: Set<PixelSize> = []

    /// `yolox_nano (yolox, 416x416)`
    var summary: String { "\(name) (\(headName), \(sizing))" }

    /// What it is and finds, and whether its confidences are probabilities.
    var description: String {
        let (known, all) = (calibratedClasses, labelledClasses.keys)
        let some = known.isEmpty ? "not calibrated" : "calibrated for \(known.joined(separator: ", ")) only"
        let calibration = known.count == all.count ? "calibrated" : some
        return "\(summary): \(labels.map(\.rawValue).sorted().joined(separator: ", ")); \(calibration)"
    }

    /// - Parameters:
    ///   - threads: 0 means one less than the board has cores.
    ///   - floor: confidence below which nothing is told, 0...1.
    ///   - mostPlans: shapes for which it is planned at a time, beside the usual picture's.
    ///   - other: used in turn with it, by the same thread; gives its threads, and `threads` do not count.
    ///   - size: of the input, whatever file and manifest say; nil: what they say.
    ///   - adapt: completes what the manifest says, or what is assumed without one.
    ///   - tell: is told why a picture's own shape is not possible; it then lies inside of another.
    /// - Throws: `CommandFailure` that names the file and what is wrong with it.
    init(
        _ location: ModelLocation, threads: Int, floor: Float = Detector.usualFloor, mostPlans: Int = Network.mostPlans,
        beside other: Network? = nil, size: PixelSize? = nil,
        adapt: (ModelManifest?) -> ModelManifest? = { $0 },
        tell: @escaping @Sendable (String) -> Void = printError
    ) throws {
        do {
            let manifest = try Self.manifest(adapt(try location.manifest()), taking: size)
            let file =
                try other.map { try $0.fileBeside(location.network) }
                ?? NetworkFile(path: location.network, threads: threads)
            let (plan, sizing, assumption) = try Self.firstPlan(of: file, manifest, isAsked: size != nil, floor: floor)
            (self.manifest, self.file, self.floor, self.tell, first, self.sizing) =
                (manifest, file, floor, tell, plan, sizing)
            name = manifest?.name ?? location.name
            let detector = plan.detector
            (headName, labels) = (detector.headName, detector.emittableLabels)
            (labelledClasses, calibratedClasses) = (detector.labelledClasses, detector.calibratedClasses)
            assumptions = detector.assumptions + (assumption.map { [$0] } ?? [])
            plans = RecentValues(capacity: mostPlans)
        } catch let failure as CommandFailure {
            throw failure
        } catch {
            throw CommandFailure(.badData, "model \(location.network): \(error)")
        }
    }

    /// A file of which the engines share threads and workspace with this network.
    func fileBeside(_ path: String) throws(InferError) -> NetworkFile { try NetworkFile(path: path, beside: file) }

    private static func manifest(_ manifest: ModelManifest?, taking size: PixelSize?) throws -> ModelManifest? {
        guard let size else { return manifest }
        let sides = ModelManifest.sides
        guard sides.contains(size.width), sides.contains(size.height) else {
            throw CommandFailure(
                .usage, "an input of \(size): its sides must be \(sides.lowerBound) to \(sides.upperBound)")
        }
        return (manifest ?? ModelManifest()).taking(size)
    }

    /// The plan with which a network is checked, and what follows from file and manifest for all pictures.
    /// - Parameter isAsked: the manifest's size was asked for, and counts whatever the file says.
    /// - Returns: also in words what was assumed of the input's size, if anything.
    /// - Throws: `InferError`, `InterpretError`.
    static func firstPlan(
        of file: NetworkFile, _ manifest: ModelManifest?, isAsked: Bool = false, floor: Float
    ) throws -> (plan: NetworkPlan, sizing: InputSizing, assumption: String?) {
        func plan(_ shape: [Int]?, replacesSides: Bool = false) throws -> NetworkPlan {
            try NetworkPlan(file, manifest, shape: shape, replacesSides: replacesSides, floor: floor)
        }
        if let budget = manifest?.budget, let usual = PixelSize.usualPicture {
            let shape = budget.inputShape(for: usual).inputShape
            return (try plan(shape, replacesSides: true), .own(budget), nil)
        }
        if manifest?.inputShape != nil || !file.hasOpenSize {
            let only = try plan(manifest?.inputShape, replacesSides: isAsked)
            return (only, .fixed(only.detector.inputSpec.size), nil)
        }
        if let told = file.facts.size {
            let only = try plan(file.inputShape(width: told.width, height: told.height))
            let size = only.detector.inputSpec.size
            return (only, .fixed(size), "input \(size), which the file leaves open and its metadata names")
        }
        // The family shows in the outputs of any size; then it is planned for the one that the family mostly has.
        let guess = manifest?.head.flatMap(HeadTable.defaultSize(of:)) ?? 416
        var only = try plan(file.inputShape(width: guess, height: guess))
        let usual = HeadTable.defaultSize(of: only.detector.headName) ?? guess
        if usual != guess { only = try plan(file.inputShape(width: usual, height: usual)) }
        let size = only.detector.inputSpec.size
        return (only, .fixed(size), "input \(size), which the file leaves open")
    }

    /// - Parameter camera: whose frame it is; nil for a single picture.
    func detections(in frame: Frame, of camera: CameraName? = nil) -> [Detection] {
        plan(for: frame.size).detections(in: frame, of: camera)
    }

    /// A closer look at a part of a frame, in an input of that part's own shape where the network takes such. A part with
    /// the frame's proportions needs no plan of its own.
    /// - Parameter part: in ratios of the frame.
    /// - Returns: boxes in ratios of the whole frame; nothing for a part without pixels.
    func detections(in frame: Frame, within part: NormalizedBox) -> [Detection] {
        guard let crop = frame.cropped(to: part) else { return [] }
        return detections(in: crop.frame).compactMap { $0.placed(in: crop.box) }
    }

    /// A look at what was cut out, neither enlarged nor shrunk.
    /// - Returns: boxes and points in ratios of the crop; nothing where the network's input is smaller.
    func detections(in crop: FaceCrop) -> [Detection] {
        guard let size = PixelSize(width: crop.side, height: crop.side), let shape = sizing.inputShape(holding: size)
        else { return [] }
        let plan = plan(of: shape, for: size)
        // Without a plan of that shape the usual one takes it, where it is large enough.
        let input = plan.detector.inputSpec.size
        guard input.width >= size.width, input.height >= size.height else { return [] }
        return plan.detections(in: crop, of: size)
    }

    /// The frame as the network wants it.
    /// - Parameter body: gets the input's shape, and writes the input into what it calls the closure with.
    func withInput<R>(
        of frame: Frame, _ body: (_ shape: [Int], _ fill: (UnsafeMutableBufferPointer<Float>) -> Void) throws -> R
    ) rethrows -> R {
        let plan = plan(for: frame.size)
        return try unsafe body(plan.detector.inputSpec.size.inputShape) { input in
            _ = unsafe plan.letterboxed(frame, of: nil, into: input)
        }
    }

    /// The manifest with all that was assumed beside it.
    var wholeManifest: ModelManifest { first.detector.manifest }

    /// Planned for pictures of the usual size.
    var usualEngine: Engine { first.engine }

    /// What its file says of itself beside its shapes.
    var facts: FileFacts { file.facts }

    /// `[1, 3, height, width]` for pictures of the usual size.
    var usualInputShape: [Int]? { first.engine.inputs.first?.shape }

    /// The size of the input that pictures of this size get.
    func inputShape(for picture: PixelSize) -> PixelSize { plan(for: picture).detector.inputSpec.size }

    /// Planned when it is asked for the first time.
    private func plan(for picture: PixelSize) -> NetworkPlan {
        plan(of: sizing.inputShape(for: picture), for: picture)
    }

    private func plan(of shape: PixelSize, for picture: PixelSize) -> NetworkPlan {
        guard shape != first.detector.inputSpec.size, !refused.contains(shape) else { return first }
        do {
            return try plans.value(for: shape) {
                try NetworkPlan(file, manifest, shape: shape.inputShape, replacesSides: true, floor: floor)
            }
        } catch {
            // Shapes of cameras are few; whatever sends pictures of ever new shapes is told of for a while.
            if refused.count < 64 { refused.insert(shape) }
            tell(
                "no input of \(shape) for pictures of \(picture): \(error); they are looked at in one of "
                    + "\(first.detector.inputSpec.size)")
            return first
        }
    }
}
