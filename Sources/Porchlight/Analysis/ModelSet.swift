package import Base

/// A network that finds objects in pictures. Used by one thread.
package protocol ObjectDetecting: AnyObject {
    /// - Parameter camera: whose frame it is; nil for a single picture.
    func detections(in frame: Frame, of camera: CameraName?) -> [Detection]
    /// A closer look at a part of a frame.
    /// - Parameter part: in ratios of the frame.
    /// - Returns: boxes in ratios of the whole frame; nothing for a part without pixels.
    func detections(in frame: Frame, within part: NormalizedBox) -> [Detection]
    /// The size of the input that pictures of this size get.
    func inputShape(for picture: PixelSize) -> PixelSize
}

/// A network that makes vectors of faces. Used by one thread.
package protocol FaceEmbedding: AnyObject {
    /// Whose vectors it makes.
    var model: FaceModel { get }
    /// Where a face lies in the crops that it takes.
    var template: FaceTemplate { get }
    /// Of these crops, in pixels.
    var side: Int { get }
    /// - Returns: nil for a crop of another size, and when the network's answer is no vector.
    func vector(of crop: FaceCrop) -> FaceVector?
}

/// The networks of this box by their tasks. They share the cores, so only `InferenceScheduler` has them, and hands them to
/// the client whose turn it is. A further network is a further member.
package final class ModelSet {
    /// People, pets and packages.
    package let detector: any ObjectDetecting

    /// Faces, when somebody looks for them.
    package let faces: FaceNetworks

    package init(detector: any ObjectDetecting, faces: FaceNetworks = .none()) {
        self.detector = detector
        self.faces = faces
    }
}

extension Network: ObjectDetecting {}
