import Glibc
import Runtime
import Testing

/// What a process has in memory of files that it only reads.
@Suite(.serialized) struct FilePagesTests {
    private static let bytes = 1 << 20

    /// A file of 1 MiB, mapped privately and written to by `change` before it can only be read any more.
    private func withMapping(
        _ change: (UnsafeMutableRawPointer) -> Void, _ body: (UnsafeMutableRawPointer) throws -> Void
    ) throws {
        let path = "/tmp/file-pages-\(getpid())-\(UInt64.random(in: 0...UInt64.max))"
        let file = unsafe open(path, O_RDWR | O_CREAT | O_EXCL, 0o600)
        try #require(file >= 0)
        defer {
            close(file)
            _ = unsafe unlink(path)
        }
        let content = (0..<Self.bytes).map { UInt8(truncatingIfNeeded: $0 / 4096 + 1) }
        try #require(unsafe write(file, content, content.count) == content.count)
        let address = unsafe mmap(nil, Self.bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0)
        let start = unsafe try #require(address != MAP_FAILED ? address : nil)
        defer { _ = unsafe munmap(start, Self.bytes) }
        unsafe change(start)
        try #require(unsafe mprotect(start, Self.bytes, PROT_READ) == 0)
        unsafe try body(start)
    }

    private func sum(_ start: UnsafeMutableRawPointer) -> Int {
        unsafe UnsafeRawBufferPointer(start: start, count: Self.bytes).reduce(0) { $0 + Int($1) }
    }

    /// KB in memory of the mapping that begins there.
    private func resident(_ start: UnsafeMutableRawPointer) throws -> Int {
        let smaps = String(
            decoding: try OwnedFileDescriptor.opening("/proc/self/smaps", O_RDONLY).read(atMost: 8 << 20), as: UTF8.self
        )
        let begin = String(UInt(bitPattern: start), radix: 16)
        let own = try #require(smaps.firstRange(of: "\n\(begin)-"))
        let rss = try #require(smaps[own.upperBound...].firstRange(of: "Rss:"))
        return try #require(smaps[rss.upperBound...].split(separator: " ").first.flatMap { Int($0) })
    }

    @Test("pages that were only read leave the process's memory, and are there again when they are read again")
    func unchanged() throws {
        try withMapping({ _ in }) { start in
            let before = sum(start), read = try resident(start)
            let freed = FilePages().letGo()
            let left = try resident(start)
            #expect(read >= 512 && freed >= 512 << 10 && left == 0)
            #expect(sum(start) == before)
        }
    }

    @Test("what was written to stays, although it can only be read now, as tables of libraries are")
    func changed() throws {
        try withMapping({ start in unsafe start.storeBytes(of: 77, toByteOffset: 5000, as: UInt8.self) }) { start in
            _ = sum(start)
            FilePages().letGo()
            #expect(unsafe start.load(fromByteOffset: 5000, as: UInt8.self) == 77)
        }
    }

    @Test("what was mapped later is left alone: another thread may unmap it, and have its own memory there")
    func later() throws {
        let pages = FilePages()
        try withMapping({ _ in }) { start in
            #expect(sum(start) > 0)
            pages.letGo()
            let left = try resident(start)
            #expect(left >= 512)
        }
    }
}
