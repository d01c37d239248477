package import Base
import Synchronization

/// The newest look at each camera that somebody watches. The analysis writes and never waits; each watcher reads at its own
/// pace, and what a newer look replaced it has missed. Of cameras that nobody watches nothing is kept.
package final class LookBoard: LookSource {
    private struct Watched {
        var watchers = 0
        var newest: SeenLook?
        /// Counts looks from the first watcher on.
        var number = 0
    }

    package let showsPictures: Bool
    private let statuses: CameraStatusStore
    private let cameras = Mutex<[CameraName: Watched]>([:])

    /// - Parameter showsPictures: no privacy mode.
    package init(_ statuses: CameraStatusStore, showsPictures: Bool) {
        self.statuses = statuses
        self.showsPictures = showsPictures
    }

    // MARK: The analysis'

    package func isWatched(_ camera: CameraName) -> Bool { cameras.withLock { $0[camera] != nil } }

    /// Replaces the look before. Forgotten when nobody watches.
    package func show(_ look: SeenLook) {
        cameras.withLock { cameras in
            guard cameras[look.camera] != nil else { return }
            cameras[look.camera]?.newest = look
            cameras[look.camera]?.number += 1
        }
    }

    // MARK: Watchers'

    package func watch(_ camera: String) -> (any LookWatching)? {
        guard let name = CameraName(camera), statuses.phase(of: name) == .online else { return nil }
        let begin = cameras.withLock { cameras in
            cameras[name, default: Watched()].watchers += 1
            return cameras[name]?.number ?? 0
        }
        return Watch(self, name, from: begin)
    }

    fileprivate func newest(of camera: CameraName) -> (look: SeenLook, number: Int)? {
        cameras.withLock { cameras in
            cameras[camera].flatMap { watched in watched.newest.map { ($0, watched.number) } }
        }
    }

    fileprivate func isOnline(_ camera: CameraName) -> Bool { statuses.phase(of: camera) == .online }

    fileprivate func leave(_ camera: CameraName) {
        cameras.withLock { cameras in
            cameras[camera]?.watchers -= 1
            if cameras[camera]?.watchers == 0 { cameras[camera] = nil }
        }
    }
}

private final class Watch: LookWatching {
    private let board: LookBoard
    private let camera: CameraName
    /// The number of the look that it has had last.
    private let had: Mutex<Int>

    init(_ board: LookBoard, _ camera: CameraName, from number: Int) {
        self.board = board
        self.camera = camera
        had = Mutex(number)
    }

    deinit { board.leave(camera) }

    func next() -> LookNews {
        guard board.isOnline(camera) else { return .gone }
        guard let (look, number) = board.newest(of: camera) else { return .nothingNew }
        return had.withLock { had in
            guard number > had else { return .nothingNew }
            defer { had = number }
            return .look(look, missed: number - had - 1)
        }
    }
}
