import ArgumentParser
import Base
import FoundationEssentials
import Rekognition

/// `porchlight faces …`: who is known to this household. A friendly face on the collections of the local API.
struct FacesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "faces", abstract: "Say who is who: keep, look at, search and erase the faces of a household.",
        discussion: """
            Faces are searched for only where a stream processor names the collection. Everything stays on this box. \
            docs/faces.md says how to begin, and what faces mean to those whose faces they are.
            """,
        subcommands: [
            FacesAdd.self, FacesLearn.self, FacesList.self, FacesSearch.self, FacesRemove.self, FacesForget.self,
            FacesExport.self, FacesImport.self,
        ])
}

/// What every subcommand takes.
struct FacesOptions: ParsableArguments {
    @OptionGroup var config: ConfigOption

    @Option(help: "The collection, as AWS calls it.")
    var collection = "household"

    @Flag(help: "Print JSON.")
    var json = false

    /// Runs `body` with the collection. What goes wrong becomes one line on stderr and an exit status.
    func withCollection(_ body: (HouseholdCollection) async throws -> Void) async throws {
        try await reportingFailures {
            let api = try ProcessorAPI(settings: try loadSettings(configPath: config.config), help: .faces)
            try await body(HouseholdCollection(api: api, id: collection))
        }
    }

    /// - Parameter people: lines; not printed where JSON is asked for.
    func show(_ answer: JSONValue, _ people: [String]) {
        if json { return print(String(decoding: answer.jsonBytes, as: UTF8.self)) }
        for line in people { print(line) }
    }
}

/// A name as AWS's `ExternalImageId` takes it.
struct PersonName: ExpressibleByArgument {
    let text: String

    init?(argument: String) {
        guard let id = ExternalImageID(argument) else { return nil }
        text = id.text
    }
}

/// One collection, by the operations that AWS has for it.
struct HouseholdCollection {
    let api: ProcessorAPI
    let id: String

    /// Faces of a page.
    private static let page: Int64 = 1000

    /// A collection that is there already is as good as a new one.
    func create() async throws {
        let known = try await api.call("ListCollections", ["MaxResults": 1000])["CollectionIds"]?.array ?? []
        guard !known.contains(.string(id)) else { return }
        _ = try await api.call("CreateCollection", ["CollectionId": .string(id)])
    }

    /// All faces, as AWS's `Face`.
    func faces() async throws -> [JSONValue] {
        var faces: [JSONValue] = []
        var request: [String: JSONValue] = ["CollectionId": .string(id), "MaxResults": .integer(Self.page)]
        while true {
            let page = try await api.call("ListFaces", .object(request))
            faces += page["Faces"]?.array ?? []
            guard let token = page["NextToken"] else { return faces }
            request["NextToken"] = token
        }
    }

    /// - Returns: those that went.
    func delete(_ faces: [String]) async throws -> JSONValue {
        var deleted: [JSONValue] = []
        var refused: [JSONValue] = []
        // AWS takes 4096 at a time.
        for first in stride(from: 0, to: faces.count, by: 4096) {
            let part = faces[first..<min(first + 4096, faces.count)].map(JSONValue.string)
            let answer = try await api.call(
                "DeleteFaces", ["CollectionId": .string(id), "FaceIds": .array(part)])
            deleted += answer["DeletedFaces"]?.array ?? []
            refused += answer["UnsuccessfulFaceDeletions"]?.array ?? []
        }
        return ["DeletedFaces": .array(deleted), "UnsuccessfulFaceDeletions": .array(refused)]
    }
}

/// A picture on its way to the API, in base64.
struct PictureArgument {
    let name: String
    let json: JSONValue

    /// - Parameter name: what people call it.
    init(_ bytes: [UInt8], named name: String) {
        self.name = name
        json = ["Bytes": .string(Data(bytes).base64EncodedString())]
    }

    /// - Throws: `CommandFailure` for a file that cannot be read or is larger than AWS takes.
    init(reading path: String) throws {
        self.init(try readFile(path, atMost: RekognitionAPI.largestPicture), named: path)
    }
}
