import Base
import Logging
import Rekognition
import RekognitionTestSupport
import Serve
import Testing

@Suite struct SignatureTests {
    struct Signed: Sendable, CustomTestStringConvertible {
        var name: String
        var head: RequestHead
        var body: [UInt8]

        var testDescription: String { name }

        init(_ json: JSONValue) {
            name = json["name"]?.string ?? ""
            let sent = (json["headers"]?.array ?? []).map { pair in
                (pair.array?.first?.string?.lowercased() ?? "", pair.array?.last?.string ?? "")
            }
            head = RequestHead(
                method: json["method"]?.string ?? "", target: json["target"]?.string ?? "",
                headers: [("host", "example.amazonaws.com:8710")] + sent, peer: .tcp(address: "192.0.2.1"))
            body = Array((json["body"]?.string ?? "").utf8)
        }
    }

    static let document = (try? fixture("signatures.json")) ?? .null
    static let signed = (document["cases"]?.array ?? []).map(Signed.init)
    static let time = WallTime(milliseconds: 1_440_938_160_000)
    static let secret = document["secret"]?.string ?? ""

    private func check(_ request: Signed, at now: WallTime = time) throws(APIError) {
        let signature = try Signature(authorization: request.head["authorization"] ?? "")
        try signature.checkHead(of: request.head, now: now)
        try signature.check(request.head, body: request.body, secret: Self.secret)
    }

    @Test("The fixtures are there") func fixturesAreThere() { #expect(Self.signed.count >= 10) }

    @Test("What botocore signs is accepted", arguments: signed)
    func accepts(_ request: Signed) throws { try check(request) }

    @Test("One changed byte of the body is refused", arguments: signed)
    func body(_ request: Signed) {
        for index in request.body.indices {
            var changed = request
            changed.body[index] ^= 1
            #expect(throws: APIError.self) { try check(changed) }
        }
        var longer = request
        longer.body.append(0x20)
        #expect(throws: APIError.self) { try check(longer) }
    }

    @Test("A changed method, path, query or signed header is refused", arguments: signed)
    func head(_ request: Signed) {
        var changes: [RequestHead] = []
        for edit: (inout RequestHead) -> Void in [
            { $0.method = "PUT" }, { $0.path += "x" }, { $0.query += "&x=1" }, { $0.query = "z" + $0.query },
        ] {
            var head = request.head
            edit(&head)
            changes.append(head)
        }
        for index in request.head.headers.indices where request.head.headers[index].name != "authorization" {
            var head = request.head
            head.headers[index].value += "1"
            changes.append(head)
        }
        for head in changes {
            var changed = request
            changed.head = head
            #expect(throws: APIError.self, "\(head.method) \(head.path)?\(head.query)") { try check(changed) }
        }
    }

    @Test("Every changed character of the Authorization header is refused")
    func authorization() throws {
        let request = try #require(Self.signed.first)
        let index = try #require(request.head.headers.firstIndex { $0.name == "authorization" })
        let good = Array(request.head.headers[index].value.utf8)
        for place in good.indices {
            var bytes = good
            bytes[place] = bytes[place] == UInt8(ascii: "7") ? UInt8(ascii: "8") : UInt8(ascii: "7")
            var changed = request
            changed.head.headers[index].value = String(decoding: bytes, as: UTF8.self)
            let id = "AKIDEXAMPLE"
            // The key id is compared by `Authorization`, before the signature.
            if let signature = try? Signature(authorization: changed.head.headers[index].value),
                signature.accessKeyID != id
            {
                continue
            }
            #expect(throws: APIError.self, "character \(place)") { try check(changed) }
        }
    }

    @Test(
        "The published vectors of AWS's test suite are reproduced",
        arguments: [
            ("GET", "/", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
            (
                "GET", "/?Param2=value2&Param1=value1",
                "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"
            ),
            ("POST", "/", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"),
        ])
    func vectors(_ method: String, _ target: String, _ signature: String) throws {
        let authorization =
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
            + "SignedHeaders=host;x-amz-date, Signature=\(signature)"
        let head = RequestHead(
            method: method, target: target,
            headers: [
                ("host", "example.amazonaws.com"), ("x-amz-date", "20150830T123600Z"), ("authorization", authorization),
            ], peer: .tcp(address: "192.0.2.1"))
        let parsed = try Signature(authorization: authorization, service: "service")
        try parsed.checkHead(of: head, now: Self.time)
        try parsed.check(head, body: [], secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
    }

    @Test(
        "Five minutes between the clocks are allowed, not more",
        arguments: [
            (0, true), (300, true), (-300, true), (301, false), (-301, false), (86_400, false),
        ])
    func skew(_ seconds: Int64, _ isAccepted: Bool) throws {
        let request = try #require(Self.signed.first)
        let now = WallTime(milliseconds: Self.time.milliseconds + seconds * 1000)
        if isAccepted {
            try check(request, at: now)
        } else {
            let error = #expect(throws: APIError.self) { try check(request, at: now) }
            #expect(error?.kind == .invalidSignature)
            #expect(error?.message.contains("clock") == true)
        }
    }

    @Test(
        "A header that selects the operation, or says how long an update lasts, must be signed",
        arguments: [
            ("x-amz-target", "RekognitionService.DeleteStreamProcessor"), ("x-porchlight-trial-seconds", "60"),
            ("x-porchlight-trial", "revert"),
        ])
    func unsignedMeaning(_ name: String, _ value: String) throws {
        var request = try #require(Self.signed.first { $0.head.method == "GET" })
        request.head.headers.append((name, value))
        let error = #expect(throws: APIError.self) { try check(request) }
        #expect(error?.message.contains(name) == true)
    }

    @Test(
        "Broken Authorization headers are refused",
        arguments: [
            "", "Basic dXNlcjpwYXNz", "AWS4-HMAC-SHA256", "AWS4-HMAC-SHA256 ", "AWS4-HMAC-SHA256 Credential=a",
            "AWS4-HMAC-SHA256 Credential=a/b/c/rekognition/aws4_request, SignedHeaders=host, Signature=zz",
            "AWS4-HMAC-SHA256 Credential=A/20150830/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=00",
            "AWS4-HMAC-SHA256 Credential=A/20150830/US/rekognition/aws4_request, SignedHeaders=, Signature=",
            "AWS4-HMAC-SHA256 ,,,=,=,Credential", "AWS4-ECDSA-P256-SHA256 Credential=A",
        ])
    func broken(_ text: String) {
        #expect(throws: APIError.self) { try Signature(authorization: text) }
    }
}
