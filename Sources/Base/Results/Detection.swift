/// One object that a detector head saw in one frame.
package struct Detection: Sendable, Equatable {
    package var label: Label
    /// The model's own class name, for example `dog`.
    package var className: String
    package var confidence: Confidence
    /// Of the full frame; may reach beyond 0...1 at the edges.
    package var box: NormalizedBox
    /// Empty for networks that find no points.
    package var landmarks: Landmarks

    package init(
        label: Label, className: String, confidence: Confidence, box: NormalizedBox, landmarks: Landmarks = .none
    ) {
        self.label = label
        self.className = className
        self.confidence = confidence
        self.box = box
        self.landmarks = landmarks
    }

    /// What was seen in a part of a frame, as seen in the whole frame; nil for a part without area.
    package func placed(in part: NormalizedBox) -> Detection? {
        guard let box = box.placed(in: part) else { return nil }
        var placed = self
        placed.box = box
        placed.landmarks = landmarks.placed(in: part)
        return placed
    }
}
