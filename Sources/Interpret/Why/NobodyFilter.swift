package import Base

/// Which detections lie where the owner has said that nobody is, and look as it did then. Whoever stands there instead, or in
/// front of it, looks different and counts.
package struct NobodyFilter: Sendable {
    /// Boxes of one thing overlap by this much.
    package static let sameOverlap = 0.5
    /// The same picture in other light is this much alike; a person in front of it is not.
    package static let sameLook: Float = 0.9

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
        var same: [String: Bool] = [:]
        for detection in detections {
            let place = places.first { place in
                guard place.label == detection.label,
                    place.box.intersectionOverUnion(with: detection.box) >= Self.sameOverlap
                else { return false }
                let isSame =
                    same[place.id] ?? look(place.box).map { $0.likeness(to: place.look) >= Self.sameLook } ?? false
                same[place.id] = isSame
                return isSame
            }
            if let place { nobody.append((detection, place.id)) } else { somebody.append(detection) }
        }
        return (somebody, nobody)
    }
}
