import ArgumentParser
import Base
import Glibc
import Runtime
import Serve
import Settings

/// Where the passphrase of a copy is from.
struct PassphraseOptions: ParsableArguments {
    @Option(help: "A file whose first line is the passphrase; without it you are asked.")
    var passphraseFile: String?

    /// A shorter one is guessed.
    private static let leastCharacters = 8

    /// - Parameter isNew: it is asked twice, and must be long enough.
    func passphrase(isNew: Bool) throws -> String {
        let text: String
        if let passphraseFile {
            let bytes = try readFile(passphraseFile, atMost: 4096)
            guard let line = TextFile.firstLine(bytes) else {
                throw CommandFailure(.badData, "the first line of \(passphraseFile) is not UTF-8: save it so")
            }
            text = line
        } else {
            text = try Prompt.secret("Passphrase: ")
            if isNew, try Prompt.secret("Once more: ") != text {
                throw CommandFailure(.usage, "the two passphrases differ")
            }
        }
        guard !isNew || text.count >= Self.leastCharacters else {
            throw CommandFailure(.usage, "the passphrase must have \(Self.leastCharacters) characters at least")
        }
        return text
    }
}

struct FacesExport: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Write a collection into one file that only a passphrase opens.")

    @OptionGroup var options: FacesOptions
    @OptionGroup var secret: PassphraseOptions

    @Argument(help: "The file to write.")
    var file: String

    func run() async throws {
        try await options.withCollection { collection in
            let passphrase = try secret.passphrase(isNew: true)
            let copy = try await collection.copy()
            let sealed: [UInt8]
            do throws(SealedCopyError) {
                sealed = try SealedCopy.sealed(copy.json.jsonBytes, passphrase: passphrase)
            } catch { throw CommandFailure(.badData, "\(collection.id) cannot be sealed: \(error)") }
            do { try WholeFile.write(sealed, to: file, mode: 0o600, .synced) } catch {
                throw CommandFailure(.unavailable, "\(file) cannot be written: does its folder exist, is there room?")
            }
            options.show(
                ["file": .string(file), "faces": .integer(Int64(copy.faces.count))],
                ["\(file): \(copy.faces.count) faces of \(collection.id), \(sealed.count) bytes"])
        }
    }
}

struct FacesImport: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Take the faces of such a file into a collection.",
        discussion: "Faces that the collection has already stay as they are.")

    @OptionGroup var options: FacesOptions
    @OptionGroup var secret: PassphraseOptions

    @Argument(help: "A file that `porchlight faces export` has written.")
    var file: String

    func run() async throws {
        try await options.withCollection { collection in
            let sealed = try readFile(file, atMost: SealedCopy.mostBytes)
            let passphrase = try secret.passphrase(isNew: false)
            let copy: CollectionCopy
            do throws(SealedCopyError) {
                let plain = try SealedCopy.opened(sealed, passphrase: passphrase)
                guard let json = try? JSONParser.parse(plain), let read = CollectionCopy(json) else {
                    throw SealedCopyError.notACopy
                }
                copy = read
            } catch { throw CommandFailure(.badData, "\(file): \(error)") }
            try await collection.create()
            let new = try await collection.restore(copy)
            options.show(
                ["faces": .integer(Int64(copy.faces.count)), "new": .integer(Int64(new))],
                ["\(collection.id): \(new) new of the \(copy.faces.count) faces in \(file)"])
        }
    }
}

/// A collection as a file holds it. What a face is made of is the daemon's business.
struct CollectionCopy {
    static let format: Int64 = 1

    let model: JSONValue
    let faces: [JSONValue]

    init(model: JSONValue, faces: [JSONValue]) {
        self.model = model
        self.faces = faces
    }

    /// Nil for anything else, and for newer formats.
    init?(_ json: JSONValue) {
        guard json["format"]?.int == Int(Self.format), let model = json["model"], let faces = json["faces"]?.array
        else { return nil }
        self.init(model: model, faces: faces)
    }

    var json: JSONValue { ["format": .integer(Self.format), "model": model, "faces": .array(faces)] }
}

extension HouseholdCollection {
    /// Every face with its vector.
    func copy() async throws -> CollectionCopy {
        var faces: [JSONValue] = []
        var request: [String: JSONValue] = ["CollectionId": .string(id)]
        while true {
            let page = try await api.post("/faces/export", .object(request))
            let new = page["Faces"]?.array ?? []
            faces += new
            guard let last = new.last?["FaceId"], page["HasMore"]?.bool == true else {
                return CollectionCopy(model: page["Model"] ?? .null, faces: faces)
            }
            request["After"] = last
        }
    }

    /// - Returns: how many faces were new.
    func restore(_ copy: CollectionCopy) async throws -> Int {
        var new = 0
        for first in stride(from: 0, to: copy.faces.count, by: 200) {
            let part = Array(copy.faces[first..<min(first + 200, copy.faces.count)])
            let answer = try await api.post(
                "/faces/import", ["CollectionId": .string(id), "Model": copy.model, "Faces": .array(part)])
            new += answer["New"]?.int ?? 0
        }
        return new
    }
}
