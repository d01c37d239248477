package import Base

extension SeenLook {
    /// What a look has seen and what each processor makes of it, in the order of the rules: what the scene says, then labels,
    /// confidence, regions.
    /// - Parameters:
    ///   - size: of the whole picture.
    ///   - processors: with their sessions' analyzers, after these have had the look.
    package init(
        camera: CameraName, size: PixelSize, _ facts: LookFacts, motion: Motion,
        by processors: [(processor: ActiveProcessor, analyzer: (any Analyzer)?)]
    ) {
        let judges = Array(
            processors.lazy.compactMap { Judge($0.processor, $0.analyzer, facts) }.prefix(Self.mostProcessors))
        self.init(
            camera: camera, at: facts.at, size: size,
            detections: facts.visitors + facts.still + facts.nobody.map(\.detection), motion: motion,
            processors: judges.map(\.processor)
        ) { detection in judges.map { $0.verdict(on: detection) } }
    }
}

/// One processor's rules, asked about single detections.
private struct Judge {
    let processor: SeenLook.Processor
    private let analyzer: (any Analyzer)?
    private let labels: Set<Label>
    private let minConfidence: Confidence
    private let regions: RegionFilter
    private let facts: LookFacts

    /// Nil for a processor that only searches faces.
    init?(_ processor: ActiveProcessor, _ analyzer: (any Analyzer)?, _ facts: LookFacts) {
        guard let plan = processor.settings.connectedHome else { return nil }
        self.processor = SeenLook.Processor(name: processor.name, revision: processor.settings.revision)
        self.analyzer = analyzer
        labels = plan.labels
        minConfidence = plan.minConfidence
        regions = RegionFilter(plan)
        self.facts = facts
    }

    func verdict(on detection: Detection) -> SeenLook.Verdict {
        let standing = analyzer?.standing(at: detection.box)
        if let visit = standing?.visit { return SeenLook.Verdict(processor: processor.name, visit: visit) }
        return SeenLook.Verdict(processor: processor.name, refusal: refusal(of: detection, standing?.strongerLabel))
    }

    private func refusal(of detection: Detection, _ strongerLabel: Label?) -> MissReason? {
        if let place = facts.nobody.first(where: { $0.detection == detection })?.place { return .calledNobody(place) }
        if facts.background.contains(detection) { return .background }
        if facts.still.contains(detection) { return .nothingMoved }
        guard labels.contains(detection.label) else { return .labelNotChosen }
        if let strongerLabel { return .strongerLabel(strongerLabel) }
        guard detection.confidence >= minConfidence else {
            return .confidence(best: detection.confidence, wanted: minConfidence)
        }
        let overlap = regions.overlap(detection.box)
        return regions.admits(overlap: overlap) ? nil : .region(best: overlap, wanted: Region.admittingOverlap)
    }
}
