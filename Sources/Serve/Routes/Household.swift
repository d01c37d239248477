package import Base
import Rekognition

/// What the box keeps of people.
package struct Household: Sendable {
    var collections: any FaceCollections
    var traces: any FaceTraces

    package init(collections: any FaceCollections, traces: any FaceTraces) {
        self.collections = collections
        self.traces = traces
    }
}

extension RouteSources {
    func people() throws(APIError) -> Household {
        guard let household else { throw APIError(.internalServerError, "Nothing is kept of people here.") }
        return household
    }
}
