import Base
import Decode
import Dispatch

/// Makes JPEGs of what cameras showed, on a queue of its own: it takes milliseconds, and memory that is free again afterwards.
final class SnapshotEncoder: Sendable {
    private static let quality = 85

    private let queue = DispatchQueue(label: "snapshots")

    /// The whole picture. Those who ask for the same one share it.
    /// - Returns: nil for a picture that is damaged or for which there is no room.
    func snapshot(of picture: CameraPicture) async -> Snapshot? {
        await withCheckedContinuation { done in
            queue.async {
                let jpeg = try? picture.sharedJPEG {
                    try PictureDecoder().frame(of: picture).map { try JPEGEncoder().encode($0, quality: Self.quality) }
                }
                done.resume(returning: jpeg.map { Snapshot(jpeg: $0, capturedAt: picture.capturedAt) })
            }
        }
    }

    /// A small one, for whoever keeps it.
    /// - Parameter keep: called on the queue; not called for a picture that is damaged or for which there is no room.
    func makeSmall(_ picture: CameraPicture, keep: @escaping @Sendable (Snapshot) -> Void) {
        queue.async {
            guard let frame = try? PictureDecoder().frame(of: picture),
                let jpeg = try? JPEGEncoder().encode(
                    frame, mostSide: UsualPictures.mostSide, mostBytes: UsualPictures.mostBytes)
            else { return }
            keep(Snapshot(jpeg: jpeg, capturedAt: picture.capturedAt))
        }
    }
}
