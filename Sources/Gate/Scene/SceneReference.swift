/// What the camera has shown during the last seconds: what passes by and noise fade out of it.
struct RecentScene: Sendable {
    private static let pictures = 4
    /// A picture in which this share of the cells differs by so many levels is the beginning of something else.
    private static let (newShare, newStep): (Double, Float) = (0.25, 15)

    private(set) var picture = ScenePicture()
    private var count = 0

    mutating func add(_ next: ScenePicture) {
        count = isNew(next) ? 1 : min(count + 1, Self.pictures)
        picture.follow(next, share: 1 / Float(count))
    }

    private func isNew(_ next: ScenePicture) -> Bool {
        guard next.grid == picture.grid else { return true }
        var changed = 0
        for cell in next.cells.indices where abs(next.cells[cell] - picture.cells[cell]) > Self.newStep { changed += 1 }
        return Double(changed) > Self.newShare * Double(next.cells.count)
    }
}

/// What the camera usually shows. It follows the light of the day, and nothing that comes at once.
struct SceneReference: Sendable {
    /// So many pictures make a reference; it follows over ten minutes.
    private static let (least, most) = (10, 300)

    private var picture = ScenePicture()
    private var count = 0

    enum Change: Equatable { case moved, blurred }

    mutating func learn(_ scene: ScenePicture) {
        if scene.grid != picture.grid { count = 0 }
        count = min(count + 1, Self.most)
        picture.follow(scene, share: 1 / Float(count))
    }

    /// Nil while the scene is what it was, or not known yet.
    func change(to now: ScenePicture) -> Change? {
        guard count >= Self.least, now.grid == picture.grid else { return nil }
        let detail = DetailChange(from: picture, to: now)
        // Edges that are spread over many cells fit no others: first.
        if detail.isSoft { return .blurred }
        let match = EdgeField(of: now).match(to: EdgeField(of: picture))
        let hasDetail = detail.after.usual >= detail.before.usual / 4
        if match.whole < 0.35, match.partsThatFit <= 0.2, hasDetail { return .moved }
        return detail.isBlurred ? .blurred : nil
    }
}

/// What became of a scene's detail.
private struct DetailChange {
    private static let coarse = 4

    let before: DetailLevels
    let after: DetailLevels
    private let coarseBefore: DetailLevels
    private let coarseAfter: DetailLevels
    /// What is left of the steepest slopes.
    private let kept: Float
    /// How much brighter the scene was. Dim light takes from the picture's mean what it takes from its detail; fog does not.
    private let light: Float

    init(from picture: ScenePicture, to now: ScenePicture) {
        (before, after) = (DetailLevels(of: picture), DetailLevels(of: now))
        coarseBefore = DetailLevels(of: picture.pooled(by: Self.coarse))
        coarseAfter = DetailLevels(of: now.pooled(by: Self.coarse))
        kept = KeptDetail(of: before, in: after).share
        light = max(4, picture.mean) / max(4, now.mean)
    }

    private var usual: Float { after.usual / max(1, before.usual) }
    private var strong: Float { after.strong / max(1, before.strong) }

    /// Both what is left of the reference's detail and the picture's own say so: something large that drives away takes much
    /// detail with it, and leaves a picture as sharp as any.
    var isBlurred: Bool {
        let keptCoarse = KeptDetail(of: coarseBefore, in: coarseAfter).share
        let sharpness = after.usual * coarseBefore.usual / max(0.1, before.usual * coarseAfter.usual)
        if kept < 0.8, kept < 0.6 * keptCoarse, sharpness < 0.75 { return true }
        return [kept, usual, strong].allSatisfy { $0 * light < 0.35 }
    }

    /// Where a scene has few edges, what is left of each lies on more cells than the edge did, and the usual slopes say
    /// little: hardly anything is left, and nothing in the picture is sharper than what four cells together show.
    var isSoft: Bool { after.strong < 0.4 * coarseAfter.strong && strong * light < 0.3 && kept * light < 0.2 }
}

/// How much of the detail that a scene had is left, all over the picture: a car that drives away takes its own.
private struct KeptDetail {
    private static let parts = 4
    private static let leastParts = 5

    /// Of the steepest slopes, what is left in the middle one of the parts; 1 where too few parts have any.
    let share: Float

    init(of known: DetailLevels, in now: DetailLevels) {
        let grid = known.grid
        guard now.grid == grid, grid.across >= Self.parts, grid.down >= Self.parts else {
            share = 1
            return
        }
        var before = [Float](repeating: 0, count: Self.parts * Self.parts)
        var after = before
        let limit = max(0.5, known.usual)
        for cell in known.slopes.indices where known.slopes[cell] >= limit {
            let part = grid.part(ofRow: cell / grid.across, cell % grid.across, Self.parts)
            before[part] += known.slopes[cell]
            after[part] += now.slopes[cell]
        }
        let least = 0.1 * before.reduce(0, +) / Float(before.count)
        var shares = before.indices.filter { before[$0] > max(least, 1) }.map { after[$0] / before[$0] }
        share = shares.count >= Self.leastParts ? shares.median() ?? 1 : 1
    }
}
