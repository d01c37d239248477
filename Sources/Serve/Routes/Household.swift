package import Base
import Rekognition

/// What the box keeps of people.
package struct Household: Sendable {
    package var collections: any FaceCollections
    var traces: any FaceTraces
    /// Whether a small picture of each face that is added is kept.
    var keepsPictures: Bool
    /// Whether strangers are known after a restart as well.
    var keepsStrangers: Bool

    package init(
        collections: any FaceCollections, traces: any FaceTraces, keepsPictures: Bool, keepsStrangers: Bool
    ) {
        self.collections = collections
        self.traces = traces
        self.keepsPictures = keepsPictures
        self.keepsStrangers = keepsStrangers
    }
}

extension RouteSources {
    func people() throws(APIError) -> Household {
        guard let household else { throw APIError(.internalServerError, "Nothing is kept of people here.") }
        return household
    }
}
