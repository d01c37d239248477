import ArgumentParser
import Base

struct FacesLearn: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "learn", abstract: "Keep the face of visits that were recorded on this box under a name.",
        discussion: """
            A visit's id stands in its event (`porchlight watch --json`, member id) and in its picture's name. Its \
            picture is held to the same rules as one that you bring: what is too small or too blurred is not taken.
            """)

    @OptionGroup var options: FacesOptions

    @Argument(help: "Who it is.")
    var name: PersonName

    @Argument(help: "Ids of visits, one or several.")
    var visits: [String]

    func run() async throws {
        try await options.keep(name, from: visits) { visit, collection in
            let picture = try await collection.api.bytes("/visits/\(visit.asPathSegment)/image.jpg")
            return PictureArgument(picture, named: visit)
        }
    }
}

extension String {
    /// What no id has would make another path of it.
    fileprivate var asPathSegment: String {
        String(decoding: utf8.map { $0.isNameCharacter ? $0 : UInt8(ascii: "_") }, as: UTF8.self)
    }
}
