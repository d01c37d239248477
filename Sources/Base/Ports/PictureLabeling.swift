/// Finds objects in single pictures, for `DetectLabels`. Filled by the wiring.
package protocol PictureLabeling: Sendable {
    /// The model's name, as answers tell it.
    var modelName: String { get }
    /// - Parameter file: the bytes of a JPEG or PNG.
    func detections(inPicture file: [UInt8]) async throws(PictureRefusal) -> [Detection]
}

/// Why a picture was not looked at.
package enum PictureRefusal: Error, Sendable, Equatable {
    /// Neither JPEG nor PNG, or damaged.
    case unreadable(String)
    /// It has more pixels, or takes more memory to decode, than a picture may.
    case tooLarge(String)
    /// As many pictures wait as may: try again.
    case busy(String)
    /// What is to look at it cannot be used: a network is missing or damaged.
    case unavailable(String)
    /// The program ends.
    case stopping
}
