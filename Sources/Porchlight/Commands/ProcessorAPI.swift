import AsyncHTTPClient
import Base
import Glibc
import Logging
import NIOCore
import NIOHTTP1
import NIOSSL
import Serve

/// Calls the local API: over the unix socket when this user may open it, else over TCP with the key on this box.
struct ProcessorAPI {
    private let client: HTTPClient
    private let url: String
    private let place: String
    private let token: String?

    /// - Throws: `CommandFailure` when there is no way in.
    init(settings: Settings) throws(CommandFailure) {
        var configuration = HTTPClient.Configuration()
        configuration.timeout = .init(connect: .seconds(5), read: .seconds(30))
        if let socket = settings.api.socket, unsafe access(socket, W_OK) == 0 {
            url = "http+unix://\(Self.escaped(socket))/"
            place = socket
            token = nil
        } else {
            let host = Self.reachable(settings.api.address)
            url = "\(settings.api.tls == nil ? "http" : "https")://\(host):\(settings.api.port)/"
            place = "\(host):\(settings.api.port)"
            token = try Self.token(settings)
            configuration.tlsConfiguration = settings.api.authorityFile(storage: settings.storage.directory)
                .map(Self.trusting)
        }
        client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    func close() async {
        // The process ends right after.
        try? await client.shutdown()
    }

    /// - Parameter headers: beside those that every call has.
    /// - Throws: `CommandFailure`
    func call(
        _ operation: String, _ request: JSONValue, headers: [(String, String)] = []
    ) async throws(CommandFailure) -> JSONValue {
        let (status, body) = try await send(operation, request.jsonBytes, headers)
        guard let answer = try? JSONParser.parse(body) else {
            throw CommandFailure(
                .unavailable, "\(place) answers with something that is not porchlight's (HTTP \(status))")
        }
        guard status == 200 else {
            throw CommandFailure(
                refusal: answer["__type"]?.string ?? "HTTP \(status)", answer["Message"]?.string ?? "no reason given")
        }
        return answer
    }

    private func send(
        _ operation: String, _ body: [UInt8], _ headers: [(String, String)]
    ) async throws(CommandFailure) -> (UInt, [UInt8]) {
        var request = HTTPClientRequest(url: url)
        request.method = .POST
        request.headers = [
            "Host": "localhost", "Content-Type": "application/x-amz-json-1.1",
            "X-Amz-Target": "RekognitionService.\(operation)",
        ]
        request.headers.add(contentsOf: headers)
        if let token { request.headers.add(name: "Authorization", value: "Bearer \(token)") }
        request.body = .bytes(ByteBuffer(bytes: body))
        do {
            let response = try await client.execute(request, timeout: .seconds(30))
            let bytes = try await response.body.collect(upTo: 16 << 20)
            return (response.status.code, Array(bytes.readableBytesView))
        } catch {
            throw CommandFailure(
                .unavailable,
                "nobody answers at \(place) (\(error)): is porchlight running? systemctl status porchlight")
        }
    }

    private static func token(_ settings: Settings) throws(CommandFailure) -> String {
        do { return try CredentialsFile(storage: settings.storage.directory).load().bearerToken } catch {
            let socket = settings.api.socket.map { "the socket \($0) cannot be opened, and " } ?? ""
            throw CommandFailure(.unavailable, "\(socket)\(error); use sudo, or join the group that owns the socket")
        }
    }

    /// Only this box's own certificate counts; the name in it is the box's, not `localhost`.
    private static func trusting(_ file: String) -> TLSConfiguration {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.trustRoots = .file(file)
        configuration.certificateVerification = .noHostnameVerification
        return configuration
    }

    /// An address that listens everywhere is called at its loopback.
    static func reachable(_ address: String) -> String {
        switch address {
        case "0.0.0.0": "127.0.0.1"
        case "::": "[::1]"
        default: address.contains(":") ? "[\(address)]" : address
        }
    }

    private static func escaped(_ path: String) -> String {
        path.utf8.map { byte in
            if byte.isNameCharacter || byte == UInt8(ascii: ".") { return String(UnicodeScalar(byte)) }
            let digits = String(byte, radix: 16, uppercase: true)
            return digits.count == 1 ? "%0\(digits)" : "%\(digits)"
        }.joined()
    }
}

extension APISettings {
    /// The certificates that callers of this box's API are to trust; nil without TLS.
    func authorityFile(storage: String) -> String? {
        switch tls {
        case nil: nil
        case .files(let files): files.certificateFile
        case .own: OwnCertificate(storage: storage).authorityFile
        }
    }
}

extension CommandFailure {
    /// A refusal of the API, by AWS's name for it, with what to do.
    fileprivate init(refusal type: String, _ message: String) {
        switch type {
        case "ResourceNotFoundException":
            self.init(.noInput, "\(type): \(message) ('porchlight processor list' shows what there is)")
        case "ResourceInUseException":
            self.init(.unavailable, "\(type): \(message) ('porchlight processor describe NAME' shows its status)")
        case "InternalServerError", "ServiceUnavailableException":
            self.init(.unavailable, "\(type): \(message) (see the log of porchlight)")
        default:
            self.init(.badData, "\(type): \(message)")
        }
    }
}
