import Base

/// What the operations ask.
struct OperationSources: Sendable {
    var control: any StreamProcessorControl
    var pictures: any PictureLabeling
    var faces: any FaceReading
    var collections: any FaceCollections
    let tokens = RequestTokens()
}

/// One operation of the API: its name and what it does with a request.
struct Operation: Sendable {
    typealias Body = @Sendable (JSONValue, OperationSources) async throws(APIError) -> JSONValue

    let name: String
    /// Pictures that a request holds.
    let pictures: Int
    let answer: Body

    /// One that asks for stream processors.
    init(
        _ name: String,
        _ answer: @escaping @Sendable (JSONValue, any StreamProcessorControl) async throws(APIError) -> JSONValue
    ) {
        self.name = name
        pictures = 0
        self.answer = { request, sources throws(APIError) in try await answer(request, sources.control) }
    }

    /// One that looks at a picture.
    init(
        ofPictures name: String,
        _ answer: @escaping @Sendable (JSONValue, any PictureLabeling) async throws(APIError) -> JSONValue
    ) {
        self.name = name
        pictures = 1
        self.answer = { request, sources throws(APIError) in try await answer(request, sources.pictures) }
    }

    /// One that asks for faces, collections, or several of all these.
    init(ofSeveral name: String, pictures: Int = 0, _ answer: @escaping Body) {
        self.name = name
        self.pictures = pictures
        self.answer = answer
    }
}

/// One row per operation; each has its file in `Operations/`.
enum OperationTable {
    static let all: [Operation] = [
        .createStreamProcessor,
        .updateStreamProcessor,
        .startStreamProcessor,
        .stopStreamProcessor,
        .describeStreamProcessor,
        .listStreamProcessors,
        .deleteStreamProcessor,
        .tagResource,
        .untagResource,
        .listTagsForResource,
        .detectLabels,
        .createCollection,
        .describeCollection,
        .listCollections,
        .deleteCollection,
        .indexFaces,
        .listFaces,
        .deleteFaces,
        .searchFaces,
        .searchFacesByImage,
        .detectFaces,
        .compareFaces,
        .createUser,
        .deleteUser,
        .listUsers,
        .associateFaces,
        .disassociateFaces,
        .searchUsers,
        .searchUsersByImage,
    ]

    static let byName = Dictionary(all.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })

    /// - Throws: `UnknownOperationException`, which tells an operation of AWS's from a typing error.
    static func operation(named name: String) throws(APIError) -> Operation {
        if let operation = byName[name] { return operation }
        let known = all.map(\.name).joined(separator: ", ")
        let isAmazons = notHere.contains(name)
        throw APIError(
            .unknownOperation,
            isAmazons
                ? "\(name) is an operation of Amazon Rekognition that Porchlight does not have. It has: \(known)."
                : "There is no operation '\(name.prefix(100))'. Porchlight has: \(known).")
    }

    /// The rest of Rekognition's service model (2016-06-27).
    private static let notHere: Set<String> = [
        "CopyProjectVersion", "CreateDataset", "CreateFaceLivenessSession", "CreateProject",
        "CreateProjectVersion", "DeleteDataset", "DeleteProject", "DeleteProjectPolicy", "DeleteProjectVersion",
        "DescribeDataset", "DescribeProjectVersions", "DescribeProjects", "DetectCustomLabels",
        "DetectModerationLabels", "DetectProtectiveEquipment", "DetectText", "DistributeDatasetEntries",
        "GetCelebrityInfo", "GetCelebrityRecognition", "GetContentModeration", "GetFaceDetection",
        "GetFaceLivenessSessionResults", "GetFaceSearch", "GetLabelDetection", "GetMediaAnalysisJob",
        "GetPersonTracking", "GetSegmentDetection", "GetTextDetection", "ListDatasetEntries",
        "ListDatasetLabels", "ListMediaAnalysisJobs", "ListProjectPolicies", "PutProjectPolicy",
        "RecognizeCelebrities", "StartCelebrityRecognition", "StartContentModeration", "StartFaceDetection",
        "StartFaceSearch", "StartLabelDetection", "StartMediaAnalysisJob", "StartPersonTracking",
        "StartProjectVersion", "StartSegmentDetection", "StartTextDetection", "StopProjectVersion",
        "UpdateDatasetEntries",
    ]
}

extension StreamProcessorControl {
    /// Asks the control room and spells its refusal as AWS does.
    func answering<Answer>(
        _ question: (any StreamProcessorControl) async throws -> Answer
    ) async throws(APIError) -> Answer {
        do {
            return try await question(self)
        } catch let error as ControlError {
            throw APIError(error)
        } catch {
            throw APIError(.internalServerError, "\(error)")
        }
    }
}
