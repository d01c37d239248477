import CCurl
import Glibc
import Synchronization

/// The functions of Debian's libcurl, looked up while the program runs: whoever sends nothing has no libcurl in its memory.
/// It is opened for each request, which costs microseconds; one that was installed meanwhile is used at once.
@safe struct CurlLibrary {
    /// It is not there, or not as it should be; in words that say what to do.
    struct Missing: Error {
        let reason: String

        fileprivate init(_ detail: String) {
            reason = "\(CurlLibrary.file) cannot be used; install it: sudo apt install libcurl4 (\(detail))"
        }
    }

    static let file = "libcurl.so.4"
    private static let start = Mutex(())

    let easyInit: CCurl_easy_init
    let easyPerform: CCurl_easy_perform
    let easyCleanup: CCurl_easy_cleanup
    let easyError: CCurl_easy_strerror
    let listAppend: CCurl_slist_append
    let listFree: CCurl_slist_free_all
    let mimeInit: CCurl_mime_init
    let mimeFree: CCurl_mime_free
    let mimeAddPart: CCurl_mime_addpart
    let mimeData: CCurl_mime_data
    let mimeName: CCurl_mime_word
    let mimeFileName: CCurl_mime_word
    let mimeType: CCurl_mime_word
    let mimeEncoder: CCurl_mime_word
    /// For `CCurl_set…` and for what reads: they take any type of argument.
    let setOption: UnsafeMutableRawPointer
    let getInfo: UnsafeMutableRawPointer

    /// Opens libcurl; it stays open until the program ends.
    init() throws(Missing) {
        guard let library = unsafe dlopen(Self.file, RTLD_NOW | RTLD_LOCAL) else { throw Self.missing() }
        unsafe easyInit = try Self.function("curl_easy_init", of: library)
        unsafe easyPerform = try Self.function("curl_easy_perform", of: library)
        unsafe easyCleanup = try Self.function("curl_easy_cleanup", of: library)
        unsafe easyError = try Self.function("curl_easy_strerror", of: library)
        unsafe listAppend = try Self.function("curl_slist_append", of: library)
        unsafe listFree = try Self.function("curl_slist_free_all", of: library)
        unsafe mimeInit = try Self.function("curl_mime_init", of: library)
        unsafe mimeFree = try Self.function("curl_mime_free", of: library)
        unsafe mimeAddPart = try Self.function("curl_mime_addpart", of: library)
        unsafe mimeData = try Self.function("curl_mime_data", of: library)
        unsafe mimeName = try Self.function("curl_mime_name", of: library)
        unsafe mimeFileName = try Self.function("curl_mime_filename", of: library)
        unsafe mimeType = try Self.function("curl_mime_type", of: library)
        unsafe mimeEncoder = try Self.function("curl_mime_encoder", of: library)
        unsafe setOption = try Self.symbol("curl_easy_setopt", of: library)
        unsafe getInfo = try Self.symbol("curl_easy_getinfo", of: library)
        let begin: CCurl_global_init = unsafe try Self.function("curl_global_init", of: library)
        // Counted by libcurl: all but the first do nothing.
        let code = Self.start.withLock { _ in begin(CCurl_GLOBAL_DEFAULT) }
        guard code == CURLE_OK else { throw Missing("it does not start: \(code.rawValue)") }
    }

    private static func symbol(
        _ name: String, of library: UnsafeMutableRawPointer
    ) throws(Missing) -> UnsafeMutableRawPointer {
        guard let address = unsafe dlsym(library, name) else { throw missing() }
        return unsafe address
    }

    private static func function<Function>(
        _ name: String, of library: UnsafeMutableRawPointer
    ) throws(Missing) -> Function {
        // SAFETY: the caller's type is that of the header's function of this name.
        unsafe unsafeBitCast(try symbol(name, of: library), to: Function.self)
    }

    private static func missing() -> Missing {
        Missing(unsafe dlerror().map { unsafe String(cString: $0) } ?? "no reason")
    }
}
