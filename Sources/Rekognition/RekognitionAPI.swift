package import Base

/// The stream-processor API as a pure door: an operation's name and body in, status and body out. HTTP and MQTT commands
/// both go through it, so that they have the same rules.
package struct RekognitionAPI: Sendable {
    let sources: OperationSources
    private var control: any StreamProcessorControl { sources.control }

    /// Bytes of a picture: AWS's limit of `Image.Bytes`.
    package static let largestPicture = 5 << 20
    /// Characters of base64 that such a picture has.
    package static let largestPictureText = (largestPicture + 2) / 3 * 4

    /// How many pictures requests of this operation hold.
    package static func pictures(in operation: some StringProtocol) -> Int {
        OperationTable.byName[String(operation)]?.pictures ?? 0
    }

    package init(
        control: any StreamProcessorControl, pictures: any PictureLabeling, faces: any FaceReading,
        collections: any FaceCollections
    ) {
        sources = OperationSources(control: control, pictures: pictures, faces: faces, collections: collections)
    }

    /// - Parameters:
    ///   - operation: for example `DescribeStreamProcessor`.
    ///   - extras: members that came in headers, since AWS's clients do not know them; only for UpdateStreamProcessor.
    /// - Returns: AWS's status (200, 400, 500) and JSON; refusals are `{"__type": …, "Message": …}`.
    package func answer(
        operation: String, body: [UInt8], extras: [String: JSONValue] = [:]
    ) async -> (status: Int, body: [UInt8]) {
        do {
            let answer = try await OperationTable.operation(named: operation).answer(
                try Self.request(body, extras, of: operation), sources)
            return (200, answer.jsonBytes)
        } catch {
            return (error.kind.status, error.json.jsonBytes)
        }
    }

    private static func request(
        _ body: [UInt8], _ extras: [String: JSONValue], of operation: String
    ) throws(APIError) -> JSONValue {
        let request = try request(body)
        guard !extras.isEmpty else { return request }
        guard operation == "UpdateStreamProcessor" else {
            throw APIError(
                .invalidParameter, "Headers about a trial belong to UpdateStreamProcessor, not to \(operation).")
        }
        guard let members = request.object else { return request }
        return .object(members.merging(extras) { _, header in header })
    }

    /// An empty body is an empty request.
    static func request(_ body: [UInt8]) throws(APIError) -> JSONValue {
        guard !body.isEmpty else { return [:] }
        do { return try JSONParser.parse(body) } catch {
            throw APIError(.serialization, "The body is not JSON: \(error).")
        }
    }
}

/// What MQTT commands have in common with the API.
extension RekognitionAPI {
    /// `settings/set` over MQTT: UpdateStreamProcessor without `Name`.
    package func setSettings(of processor: String, json: [UInt8]) async -> [UInt8] {
        await update(processor: processor, json: json)
    }

    /// `enabled/set` over MQTT.
    package func setEnabled(of processor: String, _ isOn: Bool) async -> [UInt8] {
        let (status, body) = await answer(
            operation: isOn ? "StartStreamProcessor" : "StopStreamProcessor",
            body: JSONValue.object(["Name": .string(processor)]).jsonBytes)
        return Self.result(status == 200 ? [:] : ["error": (try? JSONParser.parse(body)) ?? .null], requestID: nil)
    }

    /// UpdateStreamProcessor for one processor.
    /// - Returns: `{"ok":true,"revision":7}` or `{"ok":false,"error":{…}}`, with the command's `requestId` (at most 256 bytes).
    package func update(processor: String, json: [UInt8]) async -> [UInt8] {
        var requestID: JSONValue?
        do throws(APIError) {
            guard var members = try Self.request(json).object else {
                throw APIError(.serialization, "The command must be a JSON object.")
            }
            requestID = members.removeValue(forKey: "requestId").flatMap { $0.jsonBytes.count <= 256 ? $0 : nil }
            members["Name"] = .string(processor)
            let (name, change) = try SettingsChange.read(.object(members))
            let revision = try await control.answering { try await $0.update(name, change) }
            return Self.result(["revision": .integer(Int64(revision))], requestID: requestID)
        } catch {
            return Self.result(["error": error.json], requestID: requestID)
        }
    }

    private static func result(_ outcome: [String: JSONValue], requestID: JSONValue?) -> [UInt8] {
        var members = outcome
        members["ok"] = .bool(outcome["error"] == nil)
        members["requestId"] = requestID
        return JSONValue.object(members).jsonBytes
    }
}
