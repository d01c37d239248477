import Base

/// A search that begins with a picture: in which collection, for which face, and how much it wants.
struct PictureSearch {
    let collection: CollectionID
    let probe: ProbeFace
    /// Of the probe's vector.
    let model: FaceModel
    /// Percent.
    let threshold: Double
    let most: Int

    /// - Parameters:
    ///   - threshold: the member's name.
    ///   - most: the member's name, and the most that it may be.
    /// - Throws: for a broken constraint, an unknown collection, and a picture without a face that is good enough.
    init(
        _ request: JSONValue, _ sources: OperationSources, threshold: String, most: (name: String, value: Int)
    ) async throws(APIError) {
        let members = try Members(request: request)
        let name = try members.collectionID()
        let image = try PictureMember("Image", of: members)
        self.most = try members.integer(most.name, in: 1...most.value) ?? most.value
        self.threshold = try members.double(threshold, in: Members.percent) ?? Members.usualThreshold
        let filter = try members.word("QualityFilter", FaceFilter.self) ?? .none
        try members.violations.throwIfAny()
        let (id, picture) = (try checked(name), try image.bytes())
        _ = try await sources.collections.answering { try $0.describe(id) }
        collection = id
        probe = try ProbeFace(await sources.faces.answering(picture, wantsVectors: true), filter)
        model = try await sources.faces.answeringModel()
    }
}
