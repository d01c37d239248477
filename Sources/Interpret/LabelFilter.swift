import Base

/// Which detections a processor's labels and MinConfidence admit.
struct LabelFilter {
    let labels: Set<Label>
    let minConfidence: Confidence

    init(_ plan: ConnectedHomePlan) {
        labels = plan.labels
        minConfidence = plan.minConfidence
    }

    /// `slack` is the share of MinConfidence that is enough, 0...1.
    func admits(_ detection: Detection, slack: Float = 1) -> Bool {
        labels.contains(detection.label) && detection.confidence.value >= minConfidence.value * slack
    }
}
