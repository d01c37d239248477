/// What users hear of. A model's classes (cat, dog, …) are mapped to these by its manifest.
package enum Label: String, Sendable, Hashable, CaseIterable, Codable, CodingKeyRepresentable {
    case person = "PERSON"
    case pet = "PET"
    case package = "PACKAGE"

    /// The spelling in MQTT topics and event types: `person`, `pet`, `package`.
    package var topic: String {
        switch self {
        case .person: "person"
        case .pet: "pet"
        case .package: "package"
        }
    }
}
