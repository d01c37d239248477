/// One object that a detector head saw in one frame.
package struct Detection: Sendable, Equatable {
    package var label: Label
    /// The model's own class name, for example `dog`.
    package var className: String
    package var confidence: Confidence
    /// Of the full frame; may reach beyond 0...1 at the edges.
    package var box: NormalizedBox

    package init(label: Label, className: String, confidence: Confidence, box: NormalizedBox) {
        self.label = label
        self.className = className
        self.confidence = confidence
        self.box = box
    }
}
