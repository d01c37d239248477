import Porchlight
import Settings
import Testing

@Suite("Where others find the page")
struct PageAddressTests {
    private let names = ["10.0.0.7", "127.0.0.1", "::1", "fd00::7", "localhost", "porch", "porch.local"]

    private func page(_ address: String, tls: APISettings.Certificate? = .own, _ names: [String]? = nil) -> String? {
        PageAddress.forOthers(
            APISettings(address: address, port: 8710, socket: nil, tls: tls, plaintext: tls == nil),
            names: names ?? self.names)
    }

    @Test("nobody is sent to a page that only the box itself reaches", arguments: ["127.0.0.1", "127.1.2.3", "::1"])
    func loopback(_ address: String) { #expect(page(address) == nil) }

    @Test("a name stays when the router gives another address")
    func name() {
        #expect(page("0.0.0.0") == "https://porch.local:8710/")
        #expect(page("::", tls: nil) == "http://porch.local:8710/")
    }

    @Test("where the config names an address, that one is meant")
    func address() {
        #expect(page("10.0.0.7", tls: nil) == "http://10.0.0.7:8710/")
        #expect(page("fd00::7") == "https://[fd00::7]:8710/")
    }

    @Test("a box without a name is found by its address, and one without either by nobody")
    func nameless() {
        #expect(page("0.0.0.0", ["::1", "127.0.0.1", "10.0.0.7", "fd00::7", "localhost"]) == "https://10.0.0.7:8710/")
        #expect(page("0.0.0.0", ["fd00::7", "localhost"]) == nil)
        #expect(page("0.0.0.0", ["127.0.0.1", "localhost"]) == nil)
    }
}
