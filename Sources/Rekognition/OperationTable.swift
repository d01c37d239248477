import Base

/// What the operations ask.
struct OperationSources: Sendable {
    var control: any StreamProcessorControl
    var pictures: any PictureLabeling
}

/// One operation of the API: its name and what it does with a request.
struct Operation: Sendable {
    typealias Body = @Sendable (JSONValue, OperationSources) async throws(APIError) -> JSONValue

    let name: String
    let answer: Body

    /// One that asks for stream processors.
    init(
        _ name: String,
        _ answer: @escaping @Sendable (JSONValue, any StreamProcessorControl) async throws(APIError) -> JSONValue
    ) {
        self.name = name
        self.answer = { request, sources throws(APIError) in try await answer(request, sources.control) }
    }

    /// One that looks at a picture.
    init(
        ofPictures name: String,
        _ answer: @escaping @Sendable (JSONValue, any PictureLabeling) async throws(APIError) -> JSONValue
    ) {
        self.name = name
        self.answer = { request, sources throws(APIError) in try await answer(request, sources.pictures) }
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
        "AssociateFaces", "CompareFaces", "CopyProjectVersion", "CreateCollection", "CreateDataset",
        "CreateFaceLivenessSession", "CreateProject", "CreateProjectVersion", "CreateUser", "DeleteCollection",
        "DeleteDataset", "DeleteFaces", "DeleteProject", "DeleteProjectPolicy", "DeleteProjectVersion",
        "DeleteUser", "DescribeCollection", "DescribeDataset", "DescribeProjectVersions", "DescribeProjects",
        "DetectCustomLabels", "DetectFaces", "DetectModerationLabels",
        "DetectProtectiveEquipment", "DetectText", "DisassociateFaces", "DistributeDatasetEntries",
        "GetCelebrityInfo", "GetCelebrityRecognition", "GetContentModeration", "GetFaceDetection",
        "GetFaceLivenessSessionResults", "GetFaceSearch", "GetLabelDetection", "GetMediaAnalysisJob",
        "GetPersonTracking", "GetSegmentDetection", "GetTextDetection", "IndexFaces", "ListCollections",
        "ListDatasetEntries", "ListDatasetLabels", "ListFaces", "ListMediaAnalysisJobs", "ListProjectPolicies",
        "ListUsers", "PutProjectPolicy", "RecognizeCelebrities", "SearchFaces", "SearchFacesByImage",
        "SearchUsers", "SearchUsersByImage", "StartCelebrityRecognition", "StartContentModeration",
        "StartFaceDetection", "StartFaceSearch", "StartLabelDetection", "StartMediaAnalysisJob",
        "StartPersonTracking", "StartProjectVersion", "StartSegmentDetection", "StartTextDetection",
        "StopProjectVersion", "UpdateDatasetEntries",
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
