import Base

/// Whether all pictures are the same one, bit for bit. A sensor has noise; a driver that hands out one buffer again and
/// again, or a camera whose firmware hangs, has none. A clip in a loop is no still: each of its pictures differs from the
/// next one.
struct StillPictures: Sendable {
    /// How often the picture that others are compared with is replaced while they differ.
    private static let renewal: Duration = .milliseconds(500)
    /// What a slow camera may take from one picture to the next.
    private static let least: Duration = .seconds(2)

    private struct Model {
        var cells: [Float]
        var at: MonotonicTime
    }

    /// Of previews, and of whole pictures.
    private var models: [Bool: Model] = [:]
    private var since: MonotonicTime?

    mutating func look(at picture: CellPicture) {
        guard let model = models[picture.isEighth], model.cells.count == picture.cells.count else {
            models[picture.isEighth] = Model(cells: picture.cells, at: picture.time)
            since = since ?? picture.time
            return
        }
        guard model.cells != picture.cells else {
            since = since ?? picture.time
            return
        }
        since = nil
        if picture.time - model.at >= Self.renewal || picture.time < model.at {
            // Those of the other kind are of another picture.
            models = [picture.isEighth: Model(cells: picture.cells, at: picture.time)]
            since = picture.time
        }
    }

    func isStill(at time: MonotonicTime) -> Bool { since.map { time - $0 >= Self.least } ?? false }

    mutating func restart() { (models, since) = ([:], nil) }
}
