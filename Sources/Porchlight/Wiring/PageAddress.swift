import Base
import Serve
package import Settings

/// Where browsers find the page.
package enum PageAddress {
    /// URLs that end in `/`, the one that others reach first: a name in `.local`, then addresses. That of the box alone when
    /// nobody else can reach it.
    static func all(_ api: APISettings) -> [String] {
        hosts(api).map { url(api, $0) }
    }

    /// The one that leads others here, for Home Assistant: the name in `.local` where the API listens at every address, which
    /// stays when the router gives another address; else the address that the config names. Nil when nobody but the box
    /// itself can reach it.
    /// - Parameter names: of this box.
    package static func forOthers(_ api: APISettings, names: [String]? = nil) -> String? {
        guard !api.isOnlyForThisBox, let host = hosts(api, names).first, host != thisBox else { return nil }
        return url(api, host)
    }

    private static let thisBox = "localhost"

    private static func url(_ api: APISettings, _ host: String) -> String {
        "\(api.tls == nil ? "http" : "https")://\(host.contains(":") ? "[\(host)]" : host):\(api.port)/"
    }

    private static func hosts(_ api: APISettings, _ known: [String]? = nil) -> [String] {
        guard NumericAddress(api.address)?.isUnspecified == true else { return [api.address] }
        let names = (known ?? LocalNames.all(listeningAt: api.address)).filter {
            $0 != thisBox && NumericAddress($0)?.isLoopback != true
        }
        let found =
            names.filter { $0.hasSuffix(".local") }
            + names.filter { NumericAddress($0) != nil && !(api.address == "0.0.0.0" && $0.contains(":")) }
        return found.isEmpty ? [thisBox] : found
    }
}

extension APISettings {
    /// `127.0.0.1:8710` or `[::1]:8710`, as the config says it.
    var listen: String { "\(address.contains(":") ? "[\(address)]" : address):\(port)" }

    /// It listens at a loopback address.
    var isOnlyForThisBox: Bool { NumericAddress(address)?.isLoopback ?? false }
}
