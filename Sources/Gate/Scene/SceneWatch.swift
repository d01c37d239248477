package import Base

/// Notices when a camera shows nothing, or not what it usually shows. Pure: time is what the pictures say.
///
/// Every picture is compared with the one before for being the same one; every second or two the whole of it is judged, on the
/// cells that motion is looked for in.
package struct SceneWatch: Sendable {
    /// What is wrong.
    package struct Verdict: Sendable, Equatable {
        /// In the order of `CameraTrouble.Kind.allCases`.
        package var kinds: [CameraTrouble.Kind] = []
        /// Nothing can be seen now.
        package var isBlind = false

        package init() {}
    }

    /// How often pictures are judged while all is well, and while something is not.
    private static let (interval, closeInterval): (Duration, Duration) = (.seconds(2), .seconds(1))
    /// Pictures that are further apart have nothing to do with each other.
    private static let mostGap: Duration = .seconds(10)

    package private(set) var verdict = Verdict()
    private var still: StillPictures?
    private var recent = RecentScene()
    private var reference = SceneReference()
    private var persistence = TroublePersistence()
    private var seen: Set<CameraTrouble.Kind> = []
    private var judgedAt: MonotonicTime?
    private var latest: MonotonicTime?
    /// Over-exposed, and nothing is left to be seen.
    private var isWhite = false

    /// - Parameter isRecording: pictures of a file: two that are the same were so when it was made.
    package init(isRecording: Bool = false) { still = isRecording ? nil : StillPictures() }

    /// Looks at the next picture of the camera.
    package mutating func look(at picture: CellPicture) {
        let time = picture.time
        if let latest, time < latest || time - latest > Self.mostGap { restart() }
        latest = time
        still?.look(at: picture)
        let isStill = still?.isStill(at: time) ?? false
        let interval = seen.isEmpty && persistence.told.isEmpty ? Self.interval : Self.closeInterval
        let isDue = judgedAt.map { time - $0 >= interval } ?? true
        // A still counts from its beginning, and when it ends what comes next can be seen at once.
        guard isDue || isStill != seen.contains(.frozen) else { return }
        if isDue {
            judge(ScenePicture(picture), isStill: isStill)
            judgedAt = time
        }
        note(.frozen, isStill && !seen.contains(.dark) && !seen.contains(.overExposed))
        persistence.note(seen, at: time)
        if persistence.accepts(at: time) { acceptScene() }
        verdict.kinds = CameraTrouble.Kind.allCases.filter(persistence.told.contains)
        verdict.isBlind = persistence.told.contains { blinds($0) && seen.contains($0) }
    }

    /// The camera was lost: what it showed before says nothing about its next pictures, but the scene is to be the same.
    package mutating func restart() {
        persistence = TroublePersistence()
        recent = RecentScene()
        still?.restart()
        (seen, judgedAt, latest, verdict, isWhite) = ([], nil, nil, Verdict(), false)
    }

    /// What the camera shows now is right.
    package mutating func acceptScene() {
        reference = SceneReference()
        persistence.end(.moved)
        persistence.end(.blurred)
        seen.subtract([.moved, .blurred])
    }

    private mutating func judge(_ picture: ScenePicture, isStill: Bool) {
        recent.add(picture)
        let visibility = Visibility(of: picture, recent: recent.picture)
        let (light, isBlank) = (visibility.light, visibility.isBlank)
        let isLit = !light.isDark && !light.isOverExposed
        note(.dark, visibility.isDark)
        note(.overExposed, light.isOverExposed)
        note(.covered, isBlank && isLit)
        isWhite = light.isOverExposed && isBlank
        let change = isLit && !isBlank ? reference.change(to: recent.picture) : nil
        note(.moved, change == .moved)
        note(.blurred, change == .blurred)
        // What is wrong must not become usual.
        if isLit, !isBlank, change == nil, !isStill { reference.learn(recent.picture) }
    }

    private func blinds(_ kind: CameraTrouble.Kind) -> Bool {
        switch kind {
        case .frozen, .dark, .covered: true
        case .overExposed: isWhite
        case .blurred, .moved, .slow, .damaged, .wrongSize, .offline, .noProcessor: false
        }
    }

    private mutating func note(_ kind: CameraTrouble.Kind, _ isSeen: Bool) {
        if isSeen { seen.insert(kind) } else { seen.remove(kind) }
    }
}

/// A camera's picture as cells of 8x8 pixels.
package struct CellPicture: Sendable {
    var grid: CellGrid
    /// Mean luma, row by row; there may be more behind the last cell.
    var cells: [Float]
    /// From a preview: its means are rounded otherwise than those of a whole picture.
    var isEighth: Bool
    /// Luma spans 0...255 instead of 16...235.
    var isFullRange: Bool
    package var time: MonotonicTime

    init(grid: CellGrid, cells: [Float], isEighth: Bool, isFullRange: Bool, time: MonotonicTime) {
        self.grid = grid
        self.cells = cells
        self.isEighth = isEighth
        self.isFullRange = isFullRange
        self.time = time
    }

    /// Luma as if it spanned 0...255.
    func level(_ luma: Float) -> Float { isFullRange ? luma : (luma - 16) * (255.0 / 219.0) }
}
