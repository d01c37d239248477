package import Base

/// A network's outputs read as detections: head, class names, labels, suppression.
package struct Detector: Sendable {
    /// The family: a row of `HeadTable`.
    package let headName: String
    /// How frames have to be brought into the network's input.
    package let inputSpec: InputSpec
    /// What this model can find at all.
    package let emittableLabels: Set<Label>
    /// The classes that make a label, by name.
    package var labelledClasses: [String: Label] {
        Dictionary(classes.values.map { ($0.name, $0.label) }, uniquingKeysWith: { first, _ in first })
    }
    /// Those of them whose scores the manifest says the worth of, sorted.
    package var calibratedClasses: [String] {
        Set(classes.filter { calibrations[$0.key] != nil }.map(\.value.name)).sorted()
    }
    /// The manifest with all that was assumed beside it.
    package let manifest: ModelManifest
    /// What was assumed because no manifest says it; for the log.
    package let assumptions: [String]

    /// For cameras: weaker ones are never told.
    package static let usualFloor: Float = 0.05
    private let head: any DetectorHead
    /// Class index -> label and name, only for classes that make a label.
    private let classes: [Int: (label: Label, name: String)]
    private let wanted: [WantedClass]
    /// What the raw scores of a class are worth, where the manifest says it.
    private let calibrations: [Int: Calibration]
    private let floor: Float
    private let suppression = NonMaximumSuppression()

    /// - Parameters:
    ///   - manifest: what lies beside the model, if anything.
    ///   - facts: what the model's file says of itself beside the shapes.
    ///   - input: the shape of the network's input, `[1, 3, height, width]`; sides below 1 are free.
    ///   - outputs: names and shapes of its outputs for that input, in any order.
    ///   - floor: confidence below which nothing is told, 0...1.
    /// - Throws: `InterpretError` when no head fits or the classes make no label.
    package init(
        manifest: ModelManifest? = nil, facts: FileFacts = FileFacts(), input: [Int], outputs: [TensorShape],
        floor: Float = usualFloor
    ) throws(InterpretError) {
        let known = manifest ?? ModelManifest()
        let (row, size, fitted) = try Self.recognised(known, facts, input: input, outputs: outputs)
        var assumptions = known.head == nil ? ["family \(row.name), by its output shapes"] : []
        assumptions += fitted.assumptions
        let names = try Self.classNames(known, facts, row, fitted, &assumptions)
        headName = row.name
        head = fitted.head
        inputSpec = Self.inputSpec(known, facts, row, size: size, &assumptions)
        let labels = known.labels ?? ClassNames.defaultLabels
        classes = Self.labelled(names, by: labels)
        self.manifest = known.completed(head: row.name, classes: names, labels: labels, inputSpec)
        calibrations = try Self.numbered(known.calibration ?? [:], names)
        self.floor = floor
        wanted = classes.keys.sorted().map { [calibrations] index in
            WantedClass(index: index, floor: calibrations[index]?.rawFloor(for: floor) ?? floor.nextDown)
        }
        emittableLabels = Set(classes.values.map(\.label))
        self.assumptions = assumptions
        if classes.isEmpty { throw .noLabels(head: row.name, classes: names) }
    }

    /// What the network saw, surest first, clipped to the frame. NaN and infinity in the outputs are passed over.
    /// Scores become confidences before anything compares them.
    package func detections(in outputs: [TensorView], mapping: InputMapping) -> [Detection] {
        let candidates = head.candidates(in: outputs, classes: wanted).map(calibrated).filter { $0.score >= floor }
        return suppression.apply(to: candidates).compactMap { candidate in
            guard let (label, name) = classes[candidate.classIndex],
                let box = mapping.frameBox(
                    left: Double(candidate.left), top: Double(candidate.top), right: Double(candidate.right),
                    bottom: Double(candidate.bottom))?.clippedToFrame, box.area > 0
            else { return nil }
            let points = candidate.landmarks.map { mapping.framePoint(Double($0.x), Double($0.y)) }
            return Detection(
                label: label, className: name, confidence: Confidence(clamping: candidate.score), box: box,
                landmarks: Landmarks(points) ?? .none)
        }
    }

    private func calibrated(_ candidate: Candidate) -> Candidate {
        guard let calibration = calibrations[candidate.classIndex] else { return candidate }
        var calibrated = candidate
        calibrated.score = calibration.confidence(of: candidate.score)
        return calibrated
    }

    private typealias Recognised = (row: HeadRow, size: PixelSize, fitted: FittedHead)

    private static func recognised(
        _ manifest: ModelManifest, _ facts: FileFacts, input: [Int], outputs: [TensorShape]
    ) throws(InterpretError) -> Recognised {
        guard let name = manifest.head else {
            if let task = facts.task, FileFacts.otherTasks.contains(task) { throw .otherTask(task) }
            return try onlyOne(try fitting(manifest, facts, input: input, outputs: outputs), input, outputs)
        }
        guard let row = HeadTable.row(named: name) else {
            throw .headDoesNotFit(head: name, reason: "there is no such head; known are \(HeadTable.names)")
        }
        let size = try inputSize(manifest, row, input: input)
        let network = NetworkShape(inputSize: size, outputs: outputs, manifest: manifest, facts: facts)
        do { return (row, size, try row.fit(network)) } catch {
            throw .headDoesNotFit(head: name, reason: error.reason)
        }
    }

    private static func fitting(
        _ manifest: ModelManifest, _ facts: FileFacts, input: [Int], outputs: [TensorShape]
    ) throws(InterpretError) -> [Recognised] {
        var all: [Recognised] = []
        for row in HeadTable.rows {
            let size = try inputSize(manifest, row, input: input)
            let network = NetworkShape(inputSize: size, outputs: outputs, manifest: manifest, facts: facts)
            if let fitted = try? row.fit(network) { all.append((row, size, fitted)) }
        }
        return all
    }

    /// Of families that differ in how many classes they see, the one whose classes have names.
    private static func onlyOne(
        _ all: [Recognised], _ input: [Int], _ outputs: [TensorShape]
    ) throws(InterpretError) -> Recognised {
        guard let first = all.first else { throw .unknownOutputs(input: input, outputs: outputs) }
        let named = all.filter { $0.fitted.classNames != nil || $0.fitted.classCount == ClassNames.coco80.count }
        if named.count == 1 { return named[0] }
        guard all.count == 1 else {
            throw .ambiguous(families: all.map { .init(head: $0.row.name, classes: $0.fitted.classCount) })
        }
        return first
    }

    private static func inputSize(
        _ manifest: ModelManifest, _ row: HeadRow, input: [Int]
    ) throws(InterpretError) -> PixelSize {
        guard input.count == 4, input[0] <= 1, input[1] == 3 || input[1] < 1 else {
            throw .unknownOutputs(input: input, outputs: [])
        }
        func side(_ fixed: Int, _ told: Int?) -> Int? {
            guard fixed > 0, let told, told != fixed else { return fixed > 0 ? fixed : told ?? row.defaultSize }
            return nil
        }
        guard let width = side(input[3], manifest.width), let height = side(input[2], manifest.height),
            let size = PixelSize(width: width, height: height)
        else {
            throw .manifest(problems: ["$.input: the network's own input is \(input[3])x\(input[2])"])
        }
        return size
    }

    private static func classNames(
        _ manifest: ModelManifest, _ facts: FileFacts, _ row: HeadRow, _ fitted: FittedHead,
        _ assumptions: inout [String]
    ) throws(InterpretError) -> [String] {
        if let names = manifest.classes { return names }
        if let names = facts.classes {
            assumptions.append("\(names.count) class names of the file's metadata")
            return names
        }
        if let names = fitted.classNames {
            assumptions.append(names.count > 1 ? "class names of COCO" : "class \(names.joined())")
            return names
        }
        guard fitted.classCount == ClassNames.coco80.count else {
            throw .manifest(problems: [
                "$.classes: the model has \(fitted.classCount ?? 0) classes; only 80 may go without names (COCO): put a "
                    + #"manifest beside it, such as {"classes": ["parcel"], "labels": {"PACKAGE": ["parcel"]}}"#
            ])
        }
        assumptions.append("COCO's 80 class names")
        return ClassNames.coco80
    }

    private static func inputSpec(
        _ manifest: ModelManifest, _ facts: FileFacts, _ row: HeadRow, size: PixelSize, _ assumptions: inout [String]
    ) -> InputSpec {
        var spec = row.inputSpec(size)
        if facts.takesSamples { (spec.mean, spec.scale) = (.zero, .one) }
        if manifest.colorOrder == nil { assumptions.append("colour order \(spec.colorOrder.rawValue)") }
        if manifest.mean == nil || manifest.scale == nil {
            assumptions.append(facts.takesSamples ? "samples 0...255 as they are" : "mean and scale of \(row.name)")
        }
        if manifest.resize == nil { assumptions.append("resize rule \(spec.resize.rawValue)") }
        spec.colorOrder = manifest.colorOrder ?? spec.colorOrder
        spec.mean = manifest.mean ?? spec.mean
        spec.scale = manifest.scale ?? spec.scale
        spec.resize = manifest.resize ?? spec.resize
        spec.padValue = manifest.padValue ?? spec.padValue
        return spec
    }

    private static func numbered(
        _ calibration: [String: Calibration], _ names: [String]
    ) throws(InterpretError) -> [Int: Calibration] {
        let unknown = calibration.keys.filter { !names.contains($0) }.sorted()
        guard unknown.isEmpty else {
            throw .manifest(problems: unknown.map { "$.calibration.\($0): the model has no such class" })
        }
        var numbered: [Int: Calibration] = [:]
        for (index, name) in names.enumerated() { numbered[index] = calibration[name] }
        return numbered
    }

    private static func labelled(
        _ names: [String], by labels: [Label: [String]]
    ) -> [Int: (label: Label, name: String)] {
        var classes: [Int: (label: Label, name: String)] = [:]
        for label in Label.allCases {
            for (index, name) in names.enumerated() where labels[label]?.contains(name) ?? false {
                classes[index] = (label, name)
            }
        }
        return classes
    }
}
