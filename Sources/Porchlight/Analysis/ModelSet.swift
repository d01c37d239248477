package import Base
import Interpret

/// A network that finds objects in pictures. Used by one thread.
package protocol ObjectDetecting: AnyObject {
    /// - Parameter camera: whose frame it is; nil for a single picture.
    func detections(in frame: Frame, of camera: CameraName?) -> [Detection]
    /// A closer look at a part of a frame.
    /// - Parameter part: in ratios of the frame.
    /// - Returns: boxes in ratios of the whole frame; nothing for a part without pixels.
    func detections(in frame: Frame, within part: NormalizedBox) -> [Detection]
    /// A look at what was cut out, neither enlarged nor shrunk.
    /// - Returns: boxes and points in ratios of the crop; nothing where the network's input is smaller.
    func detections(in crop: FaceCrop) -> [Detection]
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

extension FaceEmbedding {
    /// The mean of the vectors of some views of a face and of their mirror images: what a head's turn, the light from one side
    /// and points that are a little off add differs between them, what belongs to the person does not.
    /// - Returns: nil unless each view gives a vector.
    func meanVector(of views: [FaceCrop?]) -> FaceVector? {
        var sum = [Float](repeating: 0, count: model.dimension)
        for crop in views.flatMap({ [$0, $0?.mirrored] }) {
            guard let vector = crop.flatMap(vector), vector.values.count == sum.count else { return nil }
            for (index, value) in vector.values.enumerated() { sum[index] += value }
        }
        return FaceVector(sum)
    }
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
