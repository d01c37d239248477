import Base
import Rekognition
import Serve

extension FuzzTarget {
    /// The head of a request as lines: method and target, then headers; what follows an empty line is the body. Signatures
    /// are judged as the API does.
    static let http = FuzzTarget("http") { bytes in
        let (lines, body) = headAndBody(bytes)
        let words = lines.first.map { $0.split(separator: " ", maxSplits: 1).map(String.init) } ?? []
        let head = RequestHead(
            method: words.first ?? "", target: words.count > 1 ? words[1] : "",
            headers: lines.dropFirst().map(header), peer: .tcp(address: "192.0.2.1"))
        do throws(APIError) {
            let signature = try Signature(authorization: head["authorization"] ?? "")
            try? signature.checkHead(of: head, now: WallTime(milliseconds: 1_440_938_160_000))
            try signature.check(head, body: body, secret: "secret")
        } catch { _ = error }
    }

    private static func headAndBody(_ bytes: [UInt8]) -> ([String], [UInt8]) {
        var lines: [String] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            let line = rest.prefix { $0 != 10 }
            rest = rest.dropFirst(line.count + 1)
            if line.isEmpty { break }
            lines.append(String(decoding: line, as: UTF8.self))
        }
        return (lines, Array(rest))
    }

    private static func header(_ line: String) -> (name: String, value: String) {
        let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        return (parts[0].lowercased(), parts.count > 1 ? String(parts[1].drop { $0 == " " }) : "")
    }
}
