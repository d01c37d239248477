import Base
import Glibc
package import Runtime

/// Why there is no page.
package enum PageError: Error, Sendable, Equatable, CustomStringConvertible {
    case unreadable(SystemError)
    case tooLarge(folder: String)
    case withoutDocument(folder: String)

    package var description: String {
        switch self {
        case .unreadable(let error): "\(error)"
        case .tooLarge(let folder):
            "\(folder) holds more than \(PageFiles.mostFiles) files or \(PageFiles.mostBytes) bytes"
        case .withoutDocument(let folder): "\(folder) holds no \(PageFiles.document)"
        }
    }
}

/// The files of the page: HTML, CSS and JavaScript, read once and kept in memory. Without a page it holds none, and
/// everything else is served all the same.
package struct PageFiles: Sendable {
    /// Of all files together.
    package static let mostBytes = 150_000
    static let mostFiles = 64
    static let document = "index.html"
    /// The folder of the views, below that of the page.
    private static let views = "views"

    struct File: Sendable, Equatable {
        let contentType: String
        let bytes: [UInt8]
        /// An `ETag` with its quotes: other bytes have another one.
        let tag: String
    }

    private let files: [String: File]

    /// No page.
    package init() { files = [:] }

    /// Reads the folder and its folder `views`. What is no HTML, CSS, JavaScript or SVG is left out.
    package init(reading folder: String) throws(PageError) {
        var files: [String: File] = [:]
        var left = Self.mostBytes
        func take(_ names: [String], below prefix: String) throws(PageError) {
            for name in names.sorted() {
                guard let type = Self.contentType(of: name) else { continue }
                let bytes = try Self.bytes(of: "\(folder)/\(prefix)\(name)", atMost: left + 1)
                left -= bytes.count
                guard left >= 0, files.count < Self.mostFiles else { throw .tooLarge(folder: folder) }
                files[prefix + name] = File(contentType: type, bytes: bytes, tag: Self.tag(of: bytes))
            }
        }
        try take(try Self.names(in: folder), below: "")
        if unsafe access("\(folder)/\(Self.views)", F_OK) == 0 {
            try take(try Self.names(in: "\(folder)/\(Self.views)"), below: "\(Self.views)/")
        }
        guard files[Self.document] != nil else { throw .withoutDocument(folder: folder) }
        self.files = files
    }

    /// - Parameter path: of a request: `/` for the document, `/page/main.js`, `/page/views/live.js`.
    func file(at path: String) -> File? {
        if path == "/" { return files[Self.document] }
        return path.hasPrefix("/page/") ? files[String(path.dropFirst("/page/".count))] : nil
    }

    var isEmpty: Bool { files.isEmpty }

    private static func contentType(of name: String) -> String? {
        switch name.split(separator: ".").last {
        case "html": "text/html; charset=utf-8"
        case "css": "text/css; charset=utf-8"
        case "js": "text/javascript; charset=utf-8"
        case "svg": "image/svg+xml"
        default: nil
        }
    }

    private static func names(in folder: String) throws(PageError) -> [String] {
        do throws(SystemError) { return try FolderListing.names(in: folder) } catch { throw .unreadable(error) }
    }

    private static func bytes(of path: String, atMost most: Int) throws(PageError) -> [UInt8] {
        do throws(SystemError) {
            return try OwnedFileDescriptor.opening(path, O_RDONLY).read(atMost: most)
        } catch { throw .unreadable(error) }
    }

    /// It only tells two versions of a file apart.
    private static func tag(of bytes: [UInt8]) -> String {
        let digest = (try? Digest.sha256(bytes)) ?? []
        return "\"\(digest.isEmpty ? newID() : Hex.text(digest.prefix(16)))\""
    }
}
