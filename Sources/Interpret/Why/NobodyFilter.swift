package import Base

/// Which detections lie where the owner has said that nobody is, and look as it did then. Whoever stands there instead, or in
/// front of it, looks different and counts.
package struct NobodyFilter: Sendable {
    private let places: [NobodyPlace]

    /// - Parameter places: of this camera.
    package init(_ places: [NobodyPlace]) { self.places = places }

    /// - Parameter look: what the frame looks like now at a box.
    /// - Returns: what may be somebody, and what is called nobody, with the place's id.
    package func split(
        _ detections: [Detection], look: (NormalizedBox) -> PictureLook?
    ) -> (somebody: [Detection], nobody: [(detection: Detection, place: String)]) {
        guard !places.isEmpty else { return (detections, []) }
        var (somebody, nobody): ([Detection], [(detection: Detection, place: String)]) = ([], [])
        for detection in detections {
            let place = places.first { place in
                place.label == detection.label
                    && place.looks.contains { $0.isSeen(at: detection.box, now: look) }
            }
            if let place { nobody.append((detection, place.id)) } else { somebody.append(detection) }
        }
        return (somebody, nobody)
    }
}
