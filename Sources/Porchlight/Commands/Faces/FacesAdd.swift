import ArgumentParser
import Base

struct FacesAdd: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Keep the face in one or several pictures under a name.",
        discussion: """
            Takes JPEGs and PNGs with one face each. What is too small, blurred, dark, turned or without colours is \
            left out, since a bad reference makes strangers look like somebody you know.
            """)

    @OptionGroup var options: FacesOptions

    @Argument(help: "Who it is: letters, digits and _ . - : without spaces.")
    var name: PersonName

    @Argument(help: "JPEG or PNG, one or several.")
    var pictures: [String]

    func run() async throws {
        try await options.keep(name, from: pictures) { path, _ in try PictureArgument(reading: path) }
    }
}

extension FacesOptions {
    /// Keeps the face of each picture under a name, and says what became of each.
    /// - Parameters:
    ///   - sources: what is said of the pictures.
    ///   - picture: gets the picture of a source.
    /// - Throws: `CommandFailure` when nothing was taken.
    func keep(
        _ name: PersonName, from sources: [String],
        _ picture: (String, HouseholdCollection) async throws -> PictureArgument
    ) async throws {
        try await withCollection { collection in
            try await collection.create()
            var report = ReferenceReport(name: name.text)
            for source in sources {
                let outcome: ReferenceOutcome
                do {
                    outcome = try await collection.index(try await picture(source, collection), as: name.text)
                } catch let failure as CommandFailure {
                    // One bad picture must not stop the others; without the API there are no others.
                    guard failure.status != .unavailable else { throw failure }
                    outcome = ReferenceOutcome(refused: failure.message)
                }
                report.add(source, outcome)
            }
            show(report.json, report.lines)
            try report.failIfEmpty()
        }
    }
}

/// What became of one picture.
struct ReferenceOutcome {
    /// The face that was kept.
    var face: JSONValue?
    /// Why none was.
    var why: String?

    init(kept face: JSONValue) { self.face = face }
    init(refused why: String) { self.why = why }
}

extension HouseholdCollection {
    /// Keeps the one face of a picture.
    func index(_ picture: PictureArgument, as name: String) async throws -> ReferenceOutcome {
        let seen = try await api.call("DetectFaces", ["Image": picture.json])["FaceDetails"]?.array ?? []
        guard seen.count <= 1 else {
            return ReferenceOutcome(refused: "\(seen.count) faces: cut out the one that you mean")
        }
        guard !seen.isEmpty else { return ReferenceOutcome(refused: "no face was found") }
        let answer = try await api.call(
            "IndexFaces",
            [
                "CollectionId": .string(id), "Image": picture.json, "ExternalImageId": .string(name), "MaxFaces": 1,
                "QualityFilter": "AUTO",
            ])
        if let face = answer["FaceRecords"]?.array?.first?["Face"] { return ReferenceOutcome(kept: face) }
        let reasons = answer["UnindexedFaces"]?.array?.first?["Reasons"]?.array?.compactMap(\.string) ?? []
        let words = reasons.compactMap(Self.words)
        return ReferenceOutcome(refused: words.isEmpty ? "no face was found" : words.joined(separator: ", "))
    }

    /// AWS's reasons for people.
    static func words(for reason: String) -> String? {
        switch reason {
        case "SMALL_BOUNDING_BOX": "the face is too small (64 pixels at least)"
        case "LOW_SHARPNESS": "blurred"
        case "LOW_BRIGHTNESS": "too dark"
        case "EXTREME_POSE": "turned away"
        case "LOW_CONFIDENCE": "it is hardly a face"
        case "LOW_FACE_QUALITY": "not good enough (a picture without colours is not)"
        case "EXCEEDS_MAX_FACES": nil
        default: reason
        }
    }
}

/// What `add` and `learn` say.
struct ReferenceReport {
    let name: String
    private var outcomes: [(source: String, outcome: ReferenceOutcome)] = []

    init(name: String) { self.name = name }

    mutating func add(_ source: String, _ outcome: ReferenceOutcome) { outcomes.append((source, outcome)) }

    private var keptCount: Int { outcomes.count { $0.outcome.face != nil } }

    var json: JSONValue {
        [
            "name": .string(name),
            "pictures": .array(
                outcomes.map { source, outcome in
                    var members: [String: JSONValue] = ["source": .string(source)]
                    members["face"] = outcome.face
                    members["refused"] = outcome.why.map(JSONValue.string)
                    return .object(members)
                }),
        ]
    }

    var lines: [String] {
        let rows = outcomes.map { [$0.source, $0.outcome.why.map { "not taken: \($0)" } ?? "taken"] }
        let count = keptCount
        return TextTable.lines(rows) + ["\(name): \(count) new \(count == 1 ? "reference" : "references")"]
    }

    /// - Throws: `CommandFailure` when nothing was taken.
    func failIfEmpty() throws(CommandFailure) {
        guard keptCount == 0 else { return }
        throw CommandFailure(.badData, "nothing was taken for \(name)")
    }
}
