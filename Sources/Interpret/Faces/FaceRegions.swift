package import Base

/// Where in a camera's picture faces are looked for.
///
/// Regions are squares in pixels, or the whole picture: a network that takes pictures in their own shape is planned for two
/// shapes then, not for one of each person's.
package enum FaceRegions {
    /// People whose faces are looked for in one picture, the largest first.
    package static let most = 4
    /// A weaker detection is nobody.
    private static let leastConfidence: Float = 0.3
    /// Who is taller than this many times as broad stands upright, ...
    private static let upright = 1.5
    /// ... and has the head in this share of the height, from above.
    private static let upperShare = 0.6
    /// A box may cut the hair and the ears: by so much of its side more is looked at.
    private static let margin = 0.1
    /// Of two regions that share so much one is enough.
    private static let shared = 0.7

    /// - Parameters:
    ///   - found: all that the picture showed.
    ///   - hasMoved: something moved, so that somebody may be there of whom only a face shows.
    ///   - picture: its size.
    /// - Returns: in ratios of the picture; empty when there is nobody to look at.
    package static func parts(of found: [Detection], hasMoved: Bool, in picture: PixelSize) -> [NormalizedBox] {
        let people = found.filter { $0.label == .person && $0.confidence.value >= leastConfidence }
            .sorted { $0.box.area > $1.box.area }.prefix(most)
        guard !people.isEmpty else { return hasMoved ? [.full] : [] }
        var parts: [NormalizedBox] = []
        for person in people {
            let part = part(of: person.box, in: picture)
            if part == .full { return [.full] }
            if !parts.contains(where: { $0.intersection(with: part).area >= shared * part.area }) { parts.append(part) }
        }
        return parts
    }

    private static func part(of person: NormalizedBox, in picture: PixelSize) -> NormalizedBox {
        let (across, down) = (Double(picture.width), Double(picture.height))
        let (width, height) = (person.width * across, person.height * down)
        let isUpright = height > upright * width
        let side = max(width, isUpright ? upperShare * height : height) * (1 + 2 * margin)
        guard side < min(across, down), side >= 2 else { return .full }
        let left = (person.left * across + width / 2 - side / 2)
        let top = isUpright ? person.top * down - margin * side : person.top * down + height / 2 - side / 2
        return NormalizedBox(
            left: max(0, min(across - side, left)) / across, top: max(0, min(down - side, top)) / down,
            width: side / across, height: side / down) ?? .full
    }
}
