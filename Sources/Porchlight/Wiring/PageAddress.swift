import Base
import Serve
import Settings

/// Where browsers find the page.
enum PageAddress {
    /// URLs that end in `/`, the one that others reach first: a name in `.local`, then addresses. That of the box alone when
    /// nobody else can reach it.
    static func all(_ api: APISettings) -> [String] {
        let scheme = api.tls == nil ? "http" : "https"
        return hosts(api).map { "\(scheme)://\($0.contains(":") ? "[\($0)]" : $0):\(api.port)/" }
    }

    private static func hosts(_ api: APISettings) -> [String] {
        guard NumericAddress(api.address)?.isUnspecified == true else { return [api.address] }
        let loopback: Set = ["localhost", "127.0.0.1", "::1"]
        let names = LocalNames.all(listeningAt: api.address).filter { !loopback.contains($0) }
        let found =
            names.filter { $0.hasSuffix(".local") }
            + names.filter { NumericAddress($0) != nil && !(api.address == "0.0.0.0" && $0.contains(":")) }
        return found.isEmpty ? ["localhost"] : found
    }
}

extension APISettings {
    /// It listens at a loopback address.
    var isOnlyForThisBox: Bool { NumericAddress(address)?.isLoopback ?? false }
}
