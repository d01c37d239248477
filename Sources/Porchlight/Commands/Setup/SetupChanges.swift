package import Base

/// What `porchlight setup` changes in a config; everything else there stays. Pure.
package struct SetupChanges: Sendable, Equatable {
    package var broker: BrokerPlace?
    package var userName: String?
    /// An absolute path.
    package var passwordFile: String?
    package var usesTLS = false
    /// An absolute path; nil: as it is, or Debian's own list.
    package var authorityFile: String?
    /// As in the config: `v4l2:/dev/…` or `file:/…`.
    package var source: String?
    /// Nil: the only camera of the config, or `front-door`.
    package var cameraName: String?

    /// Why they do not fit the config, and what to do.
    package struct Refusal: Error, Sendable, Equatable, CustomStringConvertible {
        package let description: String
    }

    package init() {}

    /// A device, a clip or a source as the config has it.
    package static func source(of text: String) -> String {
        if text.hasPrefix("v4l2:") || text.hasPrefix("file:") { return text }
        return text.hasPrefix("/dev/") ? "v4l2:\(text)" : "file:\(text)"
    }

    /// - Parameter config: an object; what is no object comes back as it is, and the settings' rules refuse it.
    /// - Throws: `Refusal` when it is not said which camera is meant.
    package func applied(to config: JSONValue) throws(Refusal) -> JSONValue {
        guard var members = config.object else { return config }
        let mqtt = broker(in: members["mqtt"] ?? .null)
        if mqtt != members["mqtt"] ?? .null { members["mqtt"] = mqtt }
        if let source { members["cameras"] = try cameras(members["cameras"] ?? .object([:]), source) }
        return .object(members)
    }

    private func broker(in section: JSONValue) -> JSONValue {
        guard broker != nil || userName != nil || passwordFile != nil || usesTLS || authorityFile != nil else {
            return section
        }
        // What is neither an object nor nothing is refused by the settings' rules.
        guard section == .null || section.object != nil else { return section }
        var members = section.object ?? [:]
        if let broker {
            members["host"] = .string(broker.host)
            members["port"] = broker.port.map { .integer(Int64($0)) }
        }
        if let userName { members["username"] = .string(userName) }
        if let passwordFile { members["passwordFile"] = .string(passwordFile) }
        if usesTLS || authorityFile != nil {
            var tls = members["tls"]?.object ?? [:]
            if let authorityFile { tls["caFile"] = .string(authorityFile) }
            members["tls"] = .object(tls)
        }
        return .object(members)
    }

    private func cameras(_ section: JSONValue, _ source: String) throws(Refusal) -> JSONValue {
        guard var cameras = section.object else { return section }
        let known = cameras.first { $0.value["source"]?.string == source }?.key
        guard let name = cameraName ?? known ?? (cameras.isEmpty ? "front-door" : nil) ?? only(cameras) else {
            let names = cameras.keys.sorted().joined(separator: ", ")
            throw Refusal(
                description:
                    "the config has several cameras (\(names)): say with --name which one \(source) is, or a new name")
        }
        var camera = cameras[name]?.object ?? [:]
        camera["source"] = .string(source)
        cameras[name] = .object(camera)
        return .object(cameras)
    }

    private func only(_ cameras: [String: JSONValue]) -> String? { cameras.count == 1 ? cameras.keys.first : nil }
}
