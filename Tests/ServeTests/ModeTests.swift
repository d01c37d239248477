import Base
import NIOHTTP1
import Serve
import Testing

@Suite("Modes over HTTP")
struct ModeTests {
    @Test("A program with the key makes a mode, switches to it, sees that it is on, and deletes it")
    func journey() async throws {
        try await TestServer.serving { server in
            func send(_ method: HTTPMethod, _ path: String, _ body: JSONValue = [:]) async throws -> TestServer.Reply {
                try await server.send(method, path, body.jsonBytes, authorization: server.bearer)
            }
            let night: JSONValue = ["Processors": ["door": ["Running": true]]]
            #expect(try await send(.PUT, "/modes/night", night).status == 200)
            #expect(try await send(.POST, "/mode", ["Mode": "night"]).json["Mode"] == "night")
            let list = try await send(.GET, "/modes")
            #expect(list.json["Mode"] == "night" && list.json["Modes"]?.array?.count == 1)
            #expect(list.headers.first(name: "Cache-Control") == "no-store")
            #expect(try await send(.POST, "/mode", ["Mode": "day"]).error == "ResourceNotFoundException")
            #expect(try await send(.PUT, "/modes/none", night).error == "InvalidParameterException")
            #expect(try await send(.DELETE, "/modes/night").status == 200)
            #expect(try await send(.DELETE, "/modes/night").error == "ResourceNotFoundException")
            #expect(
                try await server.send(.PUT, "/modes/night", Array("[]".utf8), authorization: server.bearer).error
                    == "SerializationException")
        }
    }

    @Test("The page switches with its session's cookie; another site's page cannot")
    func page() async throws {
        try await TestServer.serving { server in
            let token: JSONValue = ["token": .string(server.credentials.bearerToken)]
            let signedIn = try await server.send(.POST, "/session", token.jsonBytes)
            let cookie = signedIn.headers.first(name: "set-cookie")?.split(separator: ";").first.map(String.init) ?? ""
            func send(_ method: HTTPMethod, _ path: String, _ body: JSONValue, from origin: String) async throws -> Int
            {
                let headers: HTTPHeaders = ["Cookie": cookie, "Origin": origin, "Content-Type": "application/json"]
                return try await server.send(method, path, body.jsonBytes, headers: headers).status
            }
            let own = "http://127.0.0.1:\(server.port)"
            #expect(try await send(.PUT, "/modes/night", ["FromCurrent": true], from: own) == 200)
            #expect(try await send(.POST, "/mode", ["Mode": "night"], from: own) == 200)
            for (method, path) in [(HTTPMethod.PUT, "/modes/night"), (.DELETE, "/modes/night"), (.POST, "/mode")] {
                let foreign = try await send(method, path, ["Mode": .null], from: "http://evil.example")
                #expect(foreign == 403)
            }
            let list = try await server.send(.GET, "/modes", authorization: server.bearer)
            #expect(list.json["Mode"] == "night")
        }
    }
}
