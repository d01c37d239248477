import NIOHTTP1
import Serve
import Testing

/// Those who see pictures or looks as they come, and the server's own figures about them.
extension TestServer {
    /// - Returns: nil when there is no such figure without labels.
    func figure(_ name: String) async throws -> Int? {
        let metrics = try await send(.GET, "/metrics", authorization: bearer).body
        let line = String(decoding: metrics, as: UTF8.self).split(separator: "\n").first { $0.hasPrefix("\(name) ") }
        return line.flatMap { Int($0.dropFirst(name.count + 1)) }
    }

    func until(_ name: String, is wanted: Int) async throws {
        while try await figure(name) != wanted { try await Task.sleep(for: .milliseconds(20)) }
    }

    /// Viewers one inside the other, so that all look at the same time; the next one is refused, and `whenFull` runs.
    /// - Parameter mark: what each hears again and again.
    func fillPlaces(
        _ path: String, hearing mark: String, left count: Int = Routes.mostViewers,
        whenFull: @escaping @Sendable () async throws -> Void = {}
    ) async throws {
        guard count > 0 else {
            let refused = try await send(.GET, path, authorization: bearer)
            #expect(refused.status == 503 && refused.error == "ServiceUnavailableException")
            return try await whenFull()
        }
        try await OpenCaller.calling(self) { viewer in
            try await viewer.ask(path)
            _ = try await viewer.hear(to: mark)
            try await fillPlaces(path, hearing: mark, left: count - 1, whenFull: whenFull)
            _ = try await viewer.hear(to: mark)
        }
    }
}
