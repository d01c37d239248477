import Base

/// Where in the config file a setting stands: `cameras.front-door.fps`.
package struct SettingPath: Sendable, Hashable, CustomStringConvertible {
    private let keys: [String]

    /// The whole file.
    package static let root = SettingPath(keys: [])

    private init(keys: [String]) { self.keys = keys }

    package subscript(key: String) -> SettingPath { SettingPath(keys: keys + [key]) }

    /// Keys that are no plain names stand in quotes, so that odd characters cannot pass for structure.
    package var description: String {
        guard !keys.isEmpty else { return "config" }
        return keys.map { key in
            let isPlain = !key.isEmpty && key.utf8.count <= 64 && key.utf8.allSatisfy(\.isNameCharacter)
            return isPlain ? key : key.quotedForMessages
        }.joined(separator: ".")
    }
}
