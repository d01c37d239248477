import Base
import CCurl
import Glibc

/// One request by libcurl, on the thread that asks. Certificates and names are always checked; redirects are not
/// followed; environment and `.netrc` have no say.
package struct Transfer: Sendable {
    /// More of an answer is not read.
    package static let mostAnswerBytes = 64 << 10
    private static let connectLimit = Duration.seconds(15)

    package var caFile: String
    package var timeout: Duration
    /// Asked a few times a second: true ends the request.
    package var isStopped: @Sendable () -> Bool

    package init(caFile: String, timeout: Duration, isStopped: @escaping @Sendable () -> Bool = { false }) {
        self.caFile = caFile
        self.timeout = timeout
        self.isStopped = isStopped
    }

    /// Blocks for `timeout` at most.
    package func perform(_ request: OutgoingRequest) -> Answer {
        let library: CurlLibrary
        do throws(CurlLibrary.Missing) { library = try CurlLibrary() } catch {
            return Answer(status: 0, failure: error.reason)
        }
        var answer: Answer
        do throws(CurlFailure) {
            var handle = try CurlHandle(self, library)
            answer = try handle.perform(request)
        } catch {
            answer = Answer(status: 0, failure: error.reason)
        }
        answer.failure = answer.failure.map(request.redacted)
        return answer
    }

    fileprivate var connectLimit: Duration { min(timeout, Self.connectLimit) }
}

/// libcurl would not take an option, or the way to the server failed.
private struct CurlFailure: Error {
    var reason: String

    init(_ reason: String) { self.reason = reason }

    init(_ code: CURLcode, _ library: CurlLibrary) {
        reason = unsafe library.easyError(code).map { unsafe String(cString: $0) } ?? "error"
    }
}

/// One easy handle with what it borrows; used once.
@safe private struct CurlHandle: ~Copyable {
    /// What the callbacks write.
    private final class Exchange {
        var body: [UInt8] = []
        let isStopped: @Sendable () -> Bool

        init(isStopped: @escaping @Sendable () -> Bool) { self.isStopped = isStopped }
    }

    private let library: CurlLibrary
    private let curl: UnsafeMutableRawPointer
    private let words: UnsafeMutablePointer<CChar>
    private let exchange: Exchange
    private let transfer: Transfer
    private var headers: UnsafeMutablePointer<curl_slist>?
    private var receivers: UnsafeMutablePointer<curl_slist>?
    private var mime: OpaquePointer?

    init(_ transfer: Transfer, _ library: CurlLibrary) throws(CurlFailure) {
        guard let curl = unsafe library.easyInit() else { throw CurlFailure("no memory for a request") }
        self.library = library
        unsafe self.curl = unsafe curl
        unsafe words = .allocate(capacity: Int(CCurl_ERROR_SIZE))
        unsafe words.initialize(repeating: 0, count: Int(CCurl_ERROR_SIZE))
        exchange = Exchange(isStopped: transfer.isStopped)
        self.transfer = transfer
        unsafe headers = nil
        unsafe receivers = nil
        unsafe mime = nil
    }

    deinit {
        unsafe library.easyCleanup(curl)
        unsafe library.listFree(headers)
        unsafe library.listFree(receivers)
        unsafe library.mimeFree(mime)
        unsafe words.deallocate()
    }

    mutating func perform(_ request: OutgoingRequest) throws(CurlFailure) -> Answer {
        try setUp(request)
        try setWay(request)
        try setBody(request.body)
        if unsafe headers != nil {
            try check(unsafe CCurl_setList(library.setOption, curl, CURLOPT_HTTPHEADER, headers))
        }
        let code = unsafe library.easyPerform(curl)
        return withExtendedLifetime(exchange) { answer(code) }
    }

    // MARK: - Asking

    private mutating func setUp(_ request: OutgoingRequest) throws(CurlFailure) {
        try text(CURLOPT_URL, request.url)
        try text(CURLOPT_PROTOCOLS_STR, "http,https,smtp,smtps")
        try text(CURLOPT_PROXY, "")
        try text(CURLOPT_USERAGENT, "porchlight-notify")
        try number(CURLOPT_NOSIGNAL, 1)
        try number(CURLOPT_FOLLOWLOCATION, 0)
        try number(CURLOPT_CONNECTTIMEOUT_MS, Int(transfer.connectLimit.milliseconds))
        try number(CURLOPT_TIMEOUT_MS, Int(transfer.timeout.milliseconds))
        try check(unsafe CCurl_setPointer(library.setOption, curl, CURLOPT_ERRORBUFFER, words))
        let context = unsafe Unmanaged.passUnretained(exchange).toOpaque()
        try check(
            unsafe CCurl_setWriter(
                library.setOption, curl,
                { bytes, size, count, context in
                    // SAFETY: `context` is the exchange of the handle that calls; libcurl passes size x count bytes.
                    guard let bytes = unsafe bytes, let context = unsafe context else { return 0 }
                    let exchange = unsafe Unmanaged<Exchange>.fromOpaque(context).takeUnretainedValue()
                    let (total, overflow) = size.multipliedReportingOverflow(by: count)
                    guard !overflow, exchange.body.count + total <= Transfer.mostAnswerBytes else { return 0 }
                    unsafe exchange.body += UnsafeRawBufferPointer(start: bytes, count: total)
                    return total
                }, context))
        try check(
            unsafe CCurl_setProgress(
                library.setOption, curl,
                { context, _, _, _, _ in
                    guard let context = unsafe context else { return 1 }
                    return unsafe Unmanaged<Exchange>.fromOpaque(context).takeUnretainedValue().isStopped() ? 1 : 0
                }, context))
        try number(CURLOPT_NOPROGRESS, 0)
    }

    private mutating func setWay(_ request: OutgoingRequest) throws(CurlFailure) {
        try number(CURLOPT_SSL_VERIFYPEER, 1)
        try number(CURLOPT_SSL_VERIFYHOST, 2)
        try text(CURLOPT_CAINFO, transfer.caFile)
        if request.needsStartTLS { try number(CURLOPT_USE_SSL, CCurl_USESSL_ALL) }
        if let login = request.login {
            try text(CURLOPT_USERNAME, login.user)
            try text(CURLOPT_PASSWORD, login.password)
        }
        for line in request.headers { unsafe headers = try appended(headers, line) }
    }

    private mutating func setBody(_ body: OutgoingRequest.Body) throws(CurlFailure) {
        switch body {
        case .onlyConnect: try number(CURLOPT_CONNECT_ONLY, 1)
        case .get: try number(CURLOPT_HTTPGET, 1)
        case .post(let bytes, let type):
            unsafe headers = try appended(headers, "Content-Type: \(type)")
            // No pause for a "100 Continue" that few servers send.
            unsafe headers = try appended(headers, "Expect:")
            try number(CURLOPT_POSTFIELDSIZE, bytes.count)
            var bytes = bytes
            try check(unsafe CCurl_setPointer(library.setOption, curl, CURLOPT_COPYPOSTFIELDS, &bytes))
        case .form(let parts):
            unsafe headers = try appended(headers, "Expect:")
            try beginMIME()
            for part in parts { try add(part.content, name: part.name, fileName: part.fileName) }
            try check(unsafe CCurl_setMIME(library.setOption, curl, mime))
        case .mail(let mail): try set(mail)
        }
    }

    private mutating func set(_ mail: OutgoingRequest.Mail) throws(CurlFailure) {
        try text(CURLOPT_MAIL_FROM, "<\(mail.from)>")
        for receiver in mail.to { unsafe receivers = try appended(receivers, "<\(receiver)>") }
        try check(unsafe CCurl_setList(library.setOption, curl, CURLOPT_MAIL_RCPT, receivers))
        for line in mail.headers { unsafe headers = try appended(headers, line) }
        try beginMIME()
        try add(Array(mail.text.utf8), type: "text/plain; charset=utf-8", encoding: "quoted-printable")
        if let picture = mail.picture { try add(picture, fileName: mail.fileName, encoding: "base64") }
        try check(unsafe CCurl_setMIME(library.setOption, curl, mime))
    }

    private mutating func beginMIME() throws(CurlFailure) {
        unsafe mime = unsafe library.mimeInit(curl)
        guard unsafe mime != nil else { throw CurlFailure("no memory for a request") }
    }

    private func add(
        _ content: [UInt8], name: String? = nil, fileName: String? = nil, type: String? = nil, encoding: String? = nil
    ) throws(CurlFailure) {
        guard let part = unsafe library.mimeAddPart(mime) else { throw CurlFailure("no memory for a request") }
        try check(
            unsafe content.withUnsafeBytes { bytes in
                unsafe library.mimeData(part, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count)
            })
        if let name { try check(unsafe library.mimeName(part, name)) }
        if let fileName {
            try check(unsafe library.mimeFileName(part, fileName))
            try check(unsafe library.mimeType(part, "image/jpeg"))
        }
        if let type { try check(unsafe library.mimeType(part, type)) }
        if let encoding { try check(unsafe library.mimeEncoder(part, encoding)) }
    }

    private func appended(
        _ list: UnsafeMutablePointer<curl_slist>?, _ line: String
    ) throws(CurlFailure) -> UnsafeMutablePointer<curl_slist> {
        guard let longer = unsafe library.listAppend(list, line) else { throw CurlFailure("no memory for a request") }
        return unsafe longer
    }

    private func text(_ option: CURLoption, _ value: String) throws(CurlFailure) {
        try check(unsafe CCurl_setText(library.setOption, curl, option, value))
    }

    private func number(_ option: CURLoption, _ value: Int) throws(CurlFailure) {
        try check(unsafe CCurl_setNumber(library.setOption, curl, option, value))
    }

    private func check(_ code: CURLcode) throws(CurlFailure) {
        guard code == CURLE_OK else { throw CurlFailure(code, library) }
    }

    // MARK: - Hearing

    private func answer(_ code: CURLcode) -> Answer {
        var status = 0
        _ = unsafe CCurl_number(library.getInfo, curl, CURLINFO_RESPONSE_CODE, &status)
        var answer = Answer(status: status, body: exchange.body)
        var seconds: curl_off_t = 0
        if unsafe CCurl_seconds(library.getInfo, curl, CURLINFO_RETRY_AFTER, &seconds) == CURLE_OK, seconds > 0 {
            answer.retryAfter = Int(clamping: seconds)
        }
        var place: UnsafeMutablePointer<CChar>?
        if unsafe CCurl_text(library.getInfo, curl, CURLINFO_REDIRECT_URL, &place) == CURLE_OK, let place = unsafe place
        {
            answer.location = HTTPAddress(unsafe String(cString: place))?.host
        }
        guard code != CURLE_OK else { return answer }
        let detail = unsafe String(cString: words)
        answer.failure = detail.isEmpty ? CurlFailure(code, library).reason : detail
        return answer
    }
}
