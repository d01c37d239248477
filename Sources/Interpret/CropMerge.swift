package import Base

/// Puts what a crop of a picture showed beside what the whole picture showed.
package struct CropMerge: Sendable {
    /// A box this near to the crop's edge, in ratios of the crop, is cut by it.
    private static let edge = 0.02
    /// Boxes of one label that overlap by this much are one object, ...
    private static let sameObject = 0.45
    /// ... and so are those of which this share of the smaller one lies inside the other.
    private static let containment = 0.8

    /// The crop, in ratios of the picture.
    package let crop: NormalizedBox

    package init(crop: NormalizedBox) { self.crop = crop }

    /// - Parameters:
    ///   - whole: what the whole picture showed.
    ///   - seen: what the crop showed, also in ratios of the picture.
    ///   - counts: whether a box of the picture is what the second look was for.
    /// - Returns: every object once, by the surer of its boxes.
    package func merge(
        _ whole: [Detection], with seen: [Detection], where counts: (NormalizedBox) -> Bool
    ) -> [Detection] {
        var merged = whole
        for detection in seen where !isCut(detection.box) && counts(detection.box) {
            guard let same = merged.firstIndex(where: { isSame($0, detection) }) else {
                merged.append(detection)
                continue
            }
            if detection.confidence > merged[same].confidence { merged[same] = detection }
        }
        return merged.sorted { $0.confidence > $1.confidence }
    }

    /// Whether the crop's edge goes through it; what the picture itself cuts is whole.
    private func isCut(_ box: NormalizedBox) -> Bool {
        let (across, down) = (Self.edge * crop.width, Self.edge * crop.height)
        return (crop.left > 0 && box.left < crop.left + across) || (crop.top > 0 && box.top < crop.top + down)
            || (crop.right < 1 - 1e-9 && box.right > crop.right - across)
            || (crop.bottom < 1 - 1e-9 && box.bottom > crop.bottom - down)
    }

    private func isSame(_ a: Detection, _ b: Detection) -> Bool {
        guard a.label == b.label else { return false }
        let smaller = min(a.box.area, b.box.area)
        return a.box.intersectionOverUnion(with: b.box) >= Self.sameObject
            || (smaller > 0 && a.box.intersection(with: b.box).area >= Self.containment * smaller
                && max(a.box.area, b.box.area) < 3 * smaller)
    }
}
