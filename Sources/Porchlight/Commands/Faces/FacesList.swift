import ArgumentParser
import Base

struct FacesList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "Show who is known, by which faces.")

    @OptionGroup var options: FacesOptions

    func run() async throws {
        try await options.withCollection { collection in
            var faces = try await collection.faces()
            if options.json { faces = try await collection.withThumbnails(faces) }
            options.show(["Faces": .array(faces)], Self.lines(faces, options.collection))
        }
    }

    /// A row for each face, by name.
    static func lines(_ faces: [JSONValue], _ collection: String) -> [String] {
        guard !faces.isEmpty else {
            return ["\(collection) knows nobody yet: porchlight faces add NAME PICTURE…"]
        }
        let rows = faces.map { face in
            [
                face.personName, face["FaceId"]?.string ?? "-",
                face["Confidence"]?.double.map { "\(Int($0.rounded())) %" } ?? "-",
            ]
        }
        let sorted = rows.sorted { ($0[0], $0[1]) < ($1[0], $1[1]) }
        return TextTable.lines([["NAME", "FACE", "SURE IT IS ONE"]] + sorted)
    }
}

extension HouseholdCollection {
    /// With `Thumbnail`, a JPEG in base64, where the collection keeps one.
    fileprivate func withThumbnails(_ faces: [JSONValue]) async throws -> [JSONValue] {
        var pictures: [String: JSONValue] = [:]
        for face in try await copy().faces {
            if let id = face["FaceId"]?.string, let picture = face["Thumbnail"] { pictures[id] = picture }
        }
        return faces.map { face in
            guard var members = face.object, let id = members["FaceId"]?.string else { return face }
            members["Thumbnail"] = pictures[id]
            return .object(members)
        }
    }
}

struct FacesSearch: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "search", abstract: "Say who is in a picture: the largest face counts.")

    @OptionGroup var options: FacesOptions

    @Argument(help: "JPEG or PNG.")
    var picture: String

    @Option(help: "How similar a face must be, in percent: 80 for albums, 99 where much depends on it.")
    var threshold = 80.0

    func validate() throws {
        guard (0...100).contains(threshold) else {
            throw ValidationError("--threshold must be 0 to 100, not \(threshold)")
        }
    }

    func run() async throws {
        try await options.withCollection { collection in
            let answer = try await collection.api.call(
                "SearchFacesByImage",
                [
                    "CollectionId": .string(collection.id), "Image": try PictureArgument(reading: picture).json,
                    "FaceMatchThreshold": .number(threshold), "MaxFaces": 10,
                ])
            options.show(answer, Self.lines(answer["FaceMatches"]?.array ?? [], threshold))
        }
    }

    static func lines(_ matches: [JSONValue], _ threshold: Double) -> [String] {
        guard !matches.isEmpty else { return ["nobody that is known: no face is \(threshold) % similar"] }
        let rows = matches.map { match in
            [
                match["Face"]?.personName ?? "-",
                match["Similarity"]?.double.map { "\(($0 * 10).rounded() / 10) %" } ?? "-",
                match["Face"]?["FaceId"]?.string ?? "-",
            ]
        }
        return TextTable.lines([["NAME", "SIMILARITY", "FACE"]] + rows)
    }
}

extension JSONValue {
    /// Of AWS's `Face`: whom it shows.
    fileprivate var personName: String {
        self["UserId"]?.string ?? self["ExternalImageId"]?.string ?? "(without a name)"
    }
}
