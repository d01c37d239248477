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

    package init(
        detector: String = "default", embedder: String = "default", thumbnails: Bool = false,
        rememberStrangers: Bool = true
    ) {
        self.detector = detector
        self.embedder = embedder
        self.thumbnails = thumbnails
        self.rememberStrangers = rememberStrangers
    }
}

extension FacesSettings {
    private static let keys = ["detector", "embedder", "thumbnails", "rememberStrangers"]

    init(_ file: SettingObject, _ problems: inout [SettingProblem]) {
        let section = file.object("faces", keys: Self.keys, &problems)
        detector = section.text("detector", default: "default", .modelPath, &problems)
        embedder = section.text("embedder", default: "default", .modelPath, &problems)
        thumbnails = section.flag("thumbnails", default: false, &problems)
        rememberStrangers = section.flag("rememberStrangers", default: true, &problems)
    }
}
