import Base
import FoundationEssentials

/// AWS's `Image` in a request: its members are checked at once, its bytes are taken when nothing else is wrong.
struct PictureMember {
    private let name: String
    private let path: String
    private let text: String?
    private let hasObject: Bool

    private static let mostBytes = RekognitionAPI.largestPicture

    init(_ name: String, of request: Members) throws(APIError) {
        let image = try request.structure(name, required: true)
        text = try image?.string("Bytes", .any)
        let object = try image?.structure("S3Object")
        _ = try object?.string("Bucket", .bucket)
        _ = try object?.string("Name", .objectName)
        _ = try object?.string("Version", .objectName)
        hasObject = object != nil
        self.name = name
        path = request.path(of: name)
    }

    /// The bytes of a file, which may hold anything.
    func bytes() throws(APIError) -> [UInt8] {
        guard let text else {
            throw hasObject
                ? APIError(
                    .invalidS3Object, "\(name).S3Object cannot be fetched: there is no S3 here; use \(name).Bytes.")
                : APIError(.invalidParameter, "\(name) must hold Bytes, a JPEG or PNG.")
        }
        guard !hasObject else {
            throw APIError(.invalidParameter, "\(name) must hold one of Bytes and S3Object, not both.")
        }
        guard text.utf8.count <= RekognitionAPI.largestPictureText else { throw tooLarge(text.utf8.count / 4 * 3) }
        guard let data = Data(base64Encoded: text) else {
            throw APIError(.serialization, "'\(path).bytes' must be base64.")
        }
        guard !data.isEmpty else {
            throw APIError(
                .invalidParameter,
                "1 validation error detected: Value '' at '\(path).bytes' failed to satisfy constraint: "
                    + "Member must have length greater than or equal to 1")
        }
        guard data.count <= Self.mostBytes else { throw tooLarge(data.count) }
        return [UInt8](data)
    }

    private func tooLarge(_ count: Int) -> APIError {
        APIError(.imageTooLarge, "The picture in \(name) has \(count) bytes; at most \(Self.mostBytes) are taken.")
    }
}
