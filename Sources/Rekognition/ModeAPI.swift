package import Base

/// Porchlight's own operations on modes, which AWS does not have: for HTTP and for MQTT commands, with the same rules.
package struct ModeAPI: Sendable {
    private let control: any ModeControl

    package init(control: any ModeControl) { self.control = control }

    /// `GET /modes`: which one is on, and all there are.
    package func list() async -> JSONValue {
        let list = await control.modes()
        var members = list.state.members
        members["Modes"] = .array(
            list.modes.map { mode, problems in
                [
                    "Name": .string(mode.name.text), "Processors": mode.processorsJSON,
                    "Problems": .array(problems.map(JSONValue.string)),
                ]
            })
        return .object(members)
    }

    /// `PUT /modes/<name>`: `Processors`, or `FromCurrent`: true for what all processors are set to now.
    package func keep(_ name: String, _ request: JSONValue) async throws(APIError) -> JSONValue {
        let name = try Self.name(name)
        let members = try Members(request: request)
        let isFromCurrent = try members.bool("FromCurrent") ?? false
        let processors = try ModeSettings.readAll(members)
        if isFromCurrent == (processors != nil) {
            throw APIError(.invalidParameter, "Give either Processors, or FromCurrent as true.")
        }
        try members.violations.throwIfAny()
        try await answering { control throws(ControlError) in
            guard let processors else { return try await control.keepCurrent(as: name) }
            try await control.keep(Mode(name: name, processors: processors))
        }
        return [:]
    }

    /// `DELETE /modes/<name>`
    package func delete(_ name: String) async throws(APIError) -> JSONValue {
        let name = try Self.name(name)
        try await answering { control throws(ControlError) in try await control.deleteMode(name) }
        return [:]
    }

    /// `POST /mode`: `Mode` is the name, or null or `none` for no mode.
    package func enter(_ request: JSONValue) async throws(APIError) -> JSONValue {
        guard let wish = request["Mode"], wish == .null || wish.string != nil else {
            throw APIError(.invalidParameter, "Mode must be the name of a mode, or null for none.")
        }
        return .object(try await enter(wish.string).members)
    }

    /// `mode/set` over MQTT.
    /// - Parameter name: nil: no mode.
    /// - Returns: `{"ok":true,"mode":"night"}` or `{"ok":false,"error":{…}}`.
    package func setMode(_ name: String?) async -> [UInt8] {
        do throws(APIError) {
            let state = try await enter(name)
            return JSONValue.object(["ok": true, "mode": state.current.json]).jsonBytes
        } catch {
            return JSONValue.object(["ok": false, "error": error.json]).jsonBytes
        }
    }

    private func enter(_ text: String?) async throws(APIError) -> ModeState {
        let isNone = text.map { $0.lowercased() == ModeName.none } ?? true
        let name: ModeName? = if let text, !isNone { try Self.name(text) } else { nil }
        return try await answering { control throws(ControlError) in try await control.enter(name) }
    }

    private static func name(_ text: String) throws(APIError) -> ModeName {
        guard let name = ModeName(text) else {
            throw APIError(
                .invalidParameter,
                "The name of a mode has 1 to 128 characters of a-z A-Z 0-9 _ . - and is not 'none', '.' or '..'; "
                    + "this is '\(text.prefix(100))'.")
        }
        return name
    }

    private func answering<Value: Sendable>(
        _ body: (any ModeControl) async throws(ControlError) -> Value
    ) async throws(APIError) -> Value {
        do throws(ControlError) { return try await body(control) } catch { throw APIError(error) }
    }
}

extension ModeState {
    fileprivate var members: [String: JSONValue] {
        ["Mode": current.json, "Changed": .array(changed.map { .string($0.text) })]
    }
}

extension ModeName? {
    fileprivate var json: JSONValue { map { .string($0.text) } ?? .null }
}

extension Mode {
    fileprivate var processorsJSON: JSONValue {
        var members: [String: JSONValue] = [:]
        for (name, settings) in processors { members[name.text] = settings.json }
        return .object(members)
    }
}

extension ModeSettings {
    fileprivate var json: JSONValue {
        var members: [String: JSONValue] = [:]
        members["Labels"] = labelNames.map { .array($0.map(JSONValue.string)) }
        members["MinConfidence"] = minConfidence?.percentJSON
        members["RegionsOfInterest"] = regions.map { .array($0.map(\.json)) }
        members["Running"] = isRunning.map(JSONValue.bool)
        return .object(members)
    }

    /// Nil when the request has no `Processors`.
    fileprivate static func readAll(_ request: Members) throws(APIError) -> [ProcessorName: ModeSettings]? {
        guard let all = try request.structure("Processors") else { return nil }
        var settings: [ProcessorName: ModeSettings] = [:]
        for text in all.values.keys.sorted() {
            guard let name = ProcessorName(text) else {
                request.refuse("Processors", because: "Each key must be the name of a stream processor")
                continue
            }
            guard let members = try all.structure(text) else { continue }
            let home = try ConnectedHome(members, labelsRequired: false)
            let one = ModeSettings(
                labelNames: home.labels, minConfidence: home.minConfidence,
                regions: try Region.read("RegionsOfInterest", of: members), isRunning: try members.bool("Running"))
            if one == ModeSettings() { all.refuse(text, because: "Member must say something of the processor") }
            settings[name] = one
        }
        return settings
    }
}
