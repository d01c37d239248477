/// Something that a camera sees all the time and that never moves: a coat on its hook, a statue, a parcel that nobody
/// wants. It was taken for an object once, and is part of the scene now.
package struct BackgroundObject: Sendable, Hashable {
    package var label: Label
    package var box: NormalizedBox
    package var confidence: Confidence
    /// When it was first seen there.
    package var since: WallTime

    package init(label: Label, box: NormalizedBox, confidence: Confidence, since: WallTime) {
        self.label = label
        self.box = box
        self.confidence = confidence
        self.since = since
    }
}
