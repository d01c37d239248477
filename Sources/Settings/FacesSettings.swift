import Base

/// Face search: everything that the section `faces` says.
package struct FacesSettings: Sendable, Equatable {
    /// The network that finds faces: `default`, a folder, or an `.onnx` file.
    package var detector: String
    /// The network that tells faces apart: `default`, a folder, or an `.onnx` file.
    package var embedder: String
    /// Whoever comes by without a name is known as the same when they come again.
    package var rememberStrangers: Bool

    package init(detector: String = "default", embedder: String = "default", rememberStrangers: Bool = true) {
        self.detector = detector
        self.embedder = embedder
        self.rememberStrangers = rememberStrangers
    }
}

extension FacesSettings {
    private static let keys = ["detector", "embedder", "rememberStrangers"]

    init(_ file: SettingObject, _ problems: inout [SettingProblem]) {
        let section = file.object("faces", keys: Self.keys, &problems)
        detector = section.text("detector", default: "default", .modelPath, &problems)
        embedder = section.text("embedder", default: "default", .modelPath, &problems)
        rememberStrangers = section.flag("rememberStrangers", default: true, &problems)
    }
}
