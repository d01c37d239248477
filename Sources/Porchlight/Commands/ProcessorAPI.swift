import Base
import Glibc
import Serve
import Settings
import Store

/// Calls the local API: over the unix socket when this user may open it, else over TCP with the key on this box.
struct ProcessorAPI {
    private let place: HTTPCall.Place
    private let token: String?
    private let help: Help

    /// What people can look at when something is not there or in use.
    struct Help {
        let whatThereIs: String
        let whatItDoes: String

        static let processors = Help(
            whatThereIs: "porchlight processor list", whatItDoes: "porchlight processor describe NAME")
        static let modes = Help(whatThereIs: "porchlight mode", whatItDoes: "porchlight processor list")
        static let faces = Help(whatThereIs: "porchlight faces list", whatItDoes: "porchlight processor list")
    }

    /// - Throws: `CommandFailure` when there is no way in.
    init(settings: Settings, help: Help = .processors) throws(CommandFailure) {
        self.help = help
        if let socket = settings.api.socket, unsafe access(socket, W_OK) == 0 {
            place = .unixSocket(path: socket)
            token = nil
        } else {
            place = Self.place(settings)
            token = try Self.token(settings)
        }
    }

    /// For what anybody may ask, without a key.
    init(openRoutesOf settings: Settings) {
        help = .processors
        place = Self.place(settings)
        token = nil
    }

    /// What one of those routes tells, as JSON, whatever its status; nil when nobody answers.
    func answer(_ path: String) async -> JSONValue? {
        guard let reply = try? await send("GET", path, [], []) else { return nil }
        return try? JSONParser.parse(reply.1)
    }

    private static func place(_ settings: Settings) -> HTTPCall.Place {
        // Only this box's own certificate counts; the name in a configured one may be any.
        let trust = settings.api.authorityFile(in: settings.storage.layout)
            .map { HTTPCall.Trust(file: $0, checksAddress: false) }
        return .tcp(host: reachable(settings.api.address), port: settings.api.port, trust: trust)
    }

    /// - Parameter headers: beside those that every call has.
    /// - Throws: `CommandFailure`
    func call(
        _ operation: String, _ request: JSONValue, headers: [(String, String)] = []
    ) async throws(CommandFailure) -> JSONValue {
        let target = [
            ("Content-Type", "application/x-amz-json-1.1"), ("X-Amz-Target", "RekognitionService.\(operation)"),
        ]
        return try checked(await send("POST", "/", request.jsonBytes, target + headers))
    }

    /// What one of the daemon's other routes tells, as JSON.
    /// - Parameter path: begins with a slash.
    func get(_ path: String) async throws(CommandFailure) -> JSONValue {
        try checked(await send("GET", path, [], []))
    }

    /// What one of the daemon's other routes makes of a request.
    /// - Parameter path: begins with a slash.
    func post(_ path: String, _ request: JSONValue) async throws(CommandFailure) -> JSONValue {
        try checked(await send("POST", path, request.jsonBytes, [("Content-Type", "application/x-amz-json-1.1")]))
    }

    /// The same with a method of its own: PUT or DELETE.
    func send(_ method: String, _ path: String, _ request: JSONValue = [:]) async throws(CommandFailure) -> JSONValue {
        try checked(
            await send(method, path, request.jsonBytes, [("Content-Type", "application/x-amz-json-1.1")]))
    }

    /// What one of the daemon's other routes gives, as it is.
    /// - Parameter path: begins with a slash.
    func bytes(_ path: String) async throws(CommandFailure) -> [UInt8] {
        let reply = try await send("GET", path, [], [])
        if reply.0 != 200 { _ = try checked(reply) }
        return reply.1
    }

    private func checked(_ reply: (status: Int, body: [UInt8])) throws(CommandFailure) -> JSONValue {
        let (status, body) = reply
        guard let answer = try? JSONParser.parse(body) else {
            throw CommandFailure(
                .unavailable, "\(place) answers with something that is not porchlight's (HTTP \(status))")
        }
        guard status == 200 else {
            throw CommandFailure(
                help, refusal: answer["__type"]?.string ?? "HTTP \(status)",
                answer["Message"]?.string ?? "no reason given")
        }
        return answer
    }

    private func send(
        _ method: String, _ path: String, _ body: [UInt8], _ headers: [(String, String)]
    ) async throws(CommandFailure) -> (Int, [UInt8]) {
        var call = HTTPCall(to: place)
        call.method = method
        call.path = path
        call.body = body
        call.headers = [("Host", "localhost")] + headers
        if let token { call.headers.append(("Authorization", "Bearer \(token)")) }
        do throws(HTTPCall.Failure) {
            let reply = try await call.send()
            return (reply.status, reply.body)
        } catch {
            throw CommandFailure(
                .unavailable,
                "nobody answers at \(place) (\(error)): is porchlight running? systemctl status porchlight")
        }
    }

    private static func token(_ settings: Settings) throws(CommandFailure) -> String {
        do { return try CredentialsFile(settings.storage.layout.file(.credentials)).load().bearerToken } catch {
            let socket = settings.api.socket.map { "the socket \($0) cannot be opened, and " } ?? ""
            throw CommandFailure(.unavailable, "\(socket)\(error); use sudo, or join the group that owns the socket")
        }
    }

    /// An address that listens everywhere is called at its loopback.
    static func reachable(_ address: String) -> String {
        switch address {
        case "0.0.0.0": "127.0.0.1"
        case "::": "::1"
        default: address
        }
    }
}

extension APISettings {
    /// The certificates that callers of this box's API are to trust; nil without TLS.
    func authorityFile(in storage: StorageLayout) -> String? {
        switch tls {
        case nil: nil
        case .files(let files): files.certificateFile
        case .own: OwnCertificate(folder: storage.path(of: .certificates)).authorityFile
        }
    }
}

extension CommandFailure {
    /// A refusal of the API, by AWS's name for it, with what to do.
    fileprivate init(_ help: ProcessorAPI.Help, refusal type: String, _ message: String) {
        switch type {
        case "ResourceNotFoundException":
            self.init(.noInput, "\(type): \(message) ('\(help.whatThereIs)' shows what there is)")
        case "ResourceInUseException":
            self.init(.unavailable, "\(type): \(message) ('\(help.whatItDoes)' shows its status)")
        case "InternalServerError", "ServiceUnavailableException":
            self.init(.unavailable, "\(type): \(message) (see the log of porchlight)")
        default:
            self.init(.badData, "\(type): \(message)")
        }
    }
}
