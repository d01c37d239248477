import Base

/// Face search: everything that the section `faces` says.
package struct FacesSettings: Sendable, Equatable {
    /// The network that finds faces: `default`, a folder, or an `.onnx` file.
    package var detector: String
    /// The network that tells faces apart: `default`, a folder, or an `.onnx` file.
    package var embedder: String
    /// Whether a collection keeps a small picture of each face.
    package var thumbnails: Bool
    /// Whoever comes by without a name is known as the same when they come again.
    package var rememberStrangers: Bool
    /// They are known after a restart as well: their vectors lie on the disk.
    package var keepStrangers: Bool
    /// References that were added, and strangers that were seen, so many days ago are deleted; nil: never.
    package var maxDays: Int?

    package init(
        detector: String = "default", embedder: String = "default", thumbnails: Bool = false,
        rememberStrangers: Bool = true, keepStrangers: Bool = false, maxDays: Int? = nil
    ) {
        self.detector = detector
        self.embedder = embedder
        self.thumbnails = thumbnails
        self.rememberStrangers = rememberStrangers
        self.keepStrangers = keepStrangers
        self.maxDays = maxDays
    }
}

extension FacesSettings {
    private static let keys = ["detector", "embedder", "thumbnails", "rememberStrangers", "keepStrangers", "maxDays"]

    init(_ file: SettingObject, _ problems: inout [SettingProblem]) {
        let section = file.object("faces", keys: Self.keys, &problems)
        detector = section.text("detector", default: "default", .modelPath, &problems)
        embedder = section.text("embedder", default: "default", .modelPath, &problems)
        thumbnails = section.flag("thumbnails", default: false, &problems)
        rememberStrangers = section.flag("rememberStrangers", default: true, &problems)
        keepStrangers = section.flag("keepStrangers", default: false, &problems)
        maxDays = section.optionalWhole("maxDays", in: 1...3650, &problems)
        if keepStrangers && !rememberStrangers {
            problems.append(
                SettingProblem(section.path["keepStrangers"], "is of no use without rememberStrangers: set one of them")
            )
        }
    }
}
