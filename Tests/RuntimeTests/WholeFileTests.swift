import Foundation
import Glibc
import Runtime
import Testing

@Suite("Files that are replaced as a whole")
struct WholeFileTests {
    private func withFolder(_ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "whole-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try body(folder.path())
    }

    private func content(_ path: String) throws -> String {
        String(decoding: try OwnedFileDescriptor.opening(path, O_RDONLY).read(atMost: 4096), as: UTF8.self)
    }

    @Test("the new content takes the place of the old one, with its permissions, and no draft stays behind")
    func replaces() throws {
        try withFolder { folder in
            let path = folder + "/key"
            try WholeFile.write(Array("old and long".utf8), to: path, mode: 0o644, .synced)
            try WholeFile.write(Array("new".utf8), to: path, mode: 0o600, .eventual)
            #expect(try content(path) == "new")
            #expect(try FolderListing.names(in: folder) == ["key"])
            var facts = stat()
            #expect(unsafe stat(path, &facts) == 0 && facts.st_mode & 0o777 == 0o600)
        }
    }

    @Test("a file that is there already stays when it is not to be replaced")
    func keeps() throws {
        try withFolder { folder in
            let path = folder + "/key"
            try WholeFile.write(Array("first".utf8), to: path, .synced, replacing: false)
            try WholeFile.write(Array("second".utf8), to: path, .synced, replacing: false)
            #expect(try content(path) == "first")
            #expect(try FolderListing.names(in: folder) == ["key"])
        }
    }

    @Test("when the disk refuses, the old content is still there and the error says which call failed")
    func refused() throws {
        try withFolder { folder in
            let error = #expect(throws: SystemError.self) {
                try WholeFile.write([1], to: folder + "/missing/file", .eventual)
            }
            #expect(error?.errno == ENOENT && error?.call.hasPrefix("open") == true)
            // /dev/full refuses every byte.
            let full = try OwnedFileDescriptor.opening("/dev/full", O_WRONLY)
            let noSpace = #expect(throws: SystemError.self) { try full.write([1, 2, 3], named: "full") }
            #expect(noSpace?.errno == ENOSPC)
        }
    }

    @Test("below an open folder nothing is written elsewhere, even when somebody puts a link in the folder's place")
    func openFolder() throws {
        try withFolder { folder in
            for name in ["mine", "theirs"] { #expect(unsafe mkdir("\(folder)/\(name)", 0o755) == 0) }
            let opened = try OwnedFileDescriptor.opening(folder + "/mine", O_RDONLY | O_DIRECTORY)
            #expect(unsafe rename(folder + "/mine", folder + "/moved") == 0)
            #expect(unsafe symlink("theirs", folder + "/mine") == 0)
            for text in ["old", "new"] { try WholeFile.write(Array(text.utf8), named: "file", in: opened, .synced) }
            #expect(try FolderListing.names(in: folder + "/theirs") == [])
            #expect(try FolderListing.names(in: folder + "/moved") == ["file"])
            #expect(try content(folder + "/moved/file") == "new")
        }
    }

    @Test("a link in the place of the file is replaced, what it points to is not written")
    func links() throws {
        try withFolder { folder in
            let (path, target) = (folder + "/key", folder + "/target")
            try WholeFile.write(Array("target".utf8), to: target, .eventual)
            #expect(unsafe symlink(target, path) == 0)
            try WholeFile.write(Array("key".utf8), to: path, .eventual)
            #expect(try content(target) == "target")
            #expect(try content(path) == "key")
        }
    }

    @Test(
        "the folder that is synced is the file's own",
        arguments: [("/a", "/"), ("/a/b", "/a"), ("a/b", "a"), ("a", "."), ("/a/b/c.json", "/a/b")])
    func folder(path: String, expected: String) {
        #expect(WholeFile.folder(of: path) == expected)
    }
}
