import Base

extension Operation {
    static let detectFaces = Operation(ofSeveral: "DetectFaces", pictures: 1) { request, sources throws(APIError) in
        let members = try Members(request: request)
        let image = try PictureMember("Image", of: members)
        try members.checkAttributes("Attributes")
        let faces = try await sources.faces.answering(try image.bytes(), wantsVectors: false)
        return ["FaceDetails": .array(faces.map(\.json))]
    }
}
