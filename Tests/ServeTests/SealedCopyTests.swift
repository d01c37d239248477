import Serve
import Testing

/// A household's faces lie on somebody's memory stick: who finds it must not be able to read them.
@Suite struct SealedCopyTests {
    private static let faces = Array("{\"faces\":[{\"name\":\"anna\"}]}".utf8)

    @Test("what was sealed comes back with the passphrase, also when it is empty, and does not show in the file")
    func roundTrip() throws {
        for plain in [Self.faces, [], [UInt8](repeating: 7, count: 100_000)] {
            let file = try SealedCopy.sealed(plain, passphrase: "correct horse")
            #expect(try SealedCopy.opened(file, passphrase: "correct horse") == plain)
        }
        let file = try SealedCopy.sealed(Self.faces, passphrase: "ü long one")
        #expect(!String(decoding: file, as: UTF8.self).contains("anna"))
        #expect(try SealedCopy.sealed(Self.faces, passphrase: "ü long one") != file)
    }

    @Test("another passphrase opens nothing, and the error does not blame the file alone")
    func wrongPassphrase() throws {
        let file = try SealedCopy.sealed(Self.faces, passphrase: "correct horse")
        for other in ["", "correct hors", "Correct horse", "correct horse "] {
            #expect(throws: SealedCopyError.wrongPassphrase) { try SealedCopy.opened(file, passphrase: other) }
        }
    }

    @Test("a single changed bit, in the head, in the middle or at the end, is noticed")
    func changed() throws {
        let file = try SealedCopy.sealed(Self.faces, passphrase: "p")
        for place in [12, 30, 40, file.count / 2 + 10, file.count - 1] {
            var other = file
            other[place] ^= 4
            #expect(throws: SealedCopyError.wrongPassphrase) { try SealedCopy.opened(other, passphrase: "p") }
        }
        #expect(throws: SealedCopyError.self) { try SealedCopy.opened(Array(file.dropLast()), passphrase: "p") }
    }

    @Test("other files, newer versions and a head that asks for all of the memory are refused as what they are")
    func otherFiles() throws {
        #expect(throws: SealedCopyError.notACopy) { try SealedCopy.opened(Self.faces, passphrase: "p") }
        #expect(throws: SealedCopyError.notACopy) { try SealedCopy.opened([], passphrase: "p") }
        #expect(throws: SealedCopyError.notACopy) { try SealedCopy.opened(Array("PLFACES".utf8), passphrase: "p") }
        var file = try SealedCopy.sealed(Self.faces, passphrase: "p")
        file[8] = 40
        #expect(throws: SealedCopyError.notACopy) { try SealedCopy.opened(file, passphrase: "p") }
        file[7] = 2
        #expect(throws: SealedCopyError.newer(version: 2)) { try SealedCopy.opened(file, passphrase: "p") }
    }
}
