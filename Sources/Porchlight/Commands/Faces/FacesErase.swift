import ArgumentParser
import Base

struct FacesRemove: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove", abstract: "Delete faces from the collection; what was recorded stays.",
        discussion: "'porchlight faces forget NAME' erases what was recorded of somebody as well.")

    @OptionGroup var options: FacesOptions

    @Argument(help: "Names, or ids of single faces as `list` shows them.")
    var facesOrNames: [String]

    func run() async throws {
        try await options.withCollection { collection in
            let known = try await collection.faces()
            var ids: [String] = []
            for wanted in facesOrNames {
                let found = known.filter { face in
                    face["FaceId"]?.string == wanted || face["ExternalImageId"]?.string == wanted
                        || face["UserId"]?.string == wanted
                }.compactMap { $0["FaceId"]?.string }
                guard !found.isEmpty else {
                    throw CommandFailure(
                        .noInput,
                        "\(wanted) is no face and no name of \(collection.id) "
                            + "('porchlight faces list' shows what there is)")
                }
                ids += found.filter { !ids.contains($0) }
            }
            let answer = try await collection.delete(ids)
            let kept = answer["UnsuccessfulFaceDeletions"]?.array ?? []
            options.show(answer, ["\(ids.count - kept.count) of \(ids.count) faces deleted"])
            guard kept.isEmpty else {
                throw CommandFailure(
                    .badData,
                    "\(kept.count) faces belong to a user of the collection and stay: DisassociateFaces "
                        + "first, or 'porchlight faces forget NAME'")
            }
        }
    }
}

struct FacesForget: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "forget", abstract: "Erase every trace of somebody, in all collections.",
        usage: "porchlight faces forget (<name> | --strangers) [--yes]",
        discussion: """
            NAME is a person's, or a stranger's as events tell it (stranger-1a2b3c4d). With --strangers the faces of \
            everybody who came by without a name are forgotten; their events stay, and nobody is recognised in them.

            Faces, the user of that name, thumbnails, and of every visit that was given this name the event, its \
            picture, the results folder of its session and the samples of those minutes. It cannot be undone.
            """)

    @OptionGroup var options: FacesOptions

    @Argument(help: "Who is to be forgotten.")
    var name: PersonName?

    @Flag(help: "Forget the faces of everybody who came by without a name.")
    var strangers = false

    @Flag(help: "Do not ask.")
    var yes = false

    func validate() throws {
        if (name == nil) != strangers { throw ValidationError("name either a person or --strangers") }
    }

    func run() async throws {
        let who = name?.text ?? "all strangers"
        let request: JSONValue = name.map { ["Name": .string($0.text)] } ?? ["Strangers": true]
        try await options.withCollection { collection in
            guard try yes || Prompt.agrees("Erase every trace of \(who)? It cannot be undone.") else {
                throw CommandFailure(.usage, "nothing was erased (--yes does not ask)")
            }
            let answer = try await collection.api.post("/faces/forget", request)
            func count(_ member: String) -> Int { answer[member]?.int ?? 0 }
            let traces =
                "\(count("Faces")) faces, \(count("Users")) users, \(count("Visits")) visits, "
                + "\(count("Pictures")) pictures and \(count("Results")) results folders erased"
            options.show(
                answer, [name == nil ? "\(count("Strangers")) strangers forgotten" : "\(who): \(traces)"])
            if let rest = answer["NotErased"]?.string {
                throw CommandFailure(.unavailable, "not everything could be erased: \(rest); try again")
            }
        }
    }
}
