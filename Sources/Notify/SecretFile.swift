import Base
import Glibc
import Runtime
import Settings

/// Why a secret is not there, in words that do not hold it.
package struct SecretTrouble: Error, Sendable, Equatable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}

/// The secret in the file of this path.
package typealias SecretReader = @Sendable (_ path: String) throws(SecretTrouble) -> String

/// Tokens and passwords lie in files, and are read anew for each attempt: a new one needs no restart.
package enum SecretFile {
    private static let mostBytes = 4096

    /// The first line of the file.
    /// - Throws: `SecretTrouble` when it cannot be read, is empty, or holds what cannot be in a header.
    package static let reader: SecretReader = { path throws(SecretTrouble) in
        let bytes: [UInt8]
        do throws(SystemError) {
            bytes = try OwnedFileDescriptor.opening(path, O_RDONLY).read(atMost: mostBytes)
        } catch { throw SecretTrouble("a secret cannot be read: \(error)") }
        guard let text = TextFile.firstLine(bytes), !text.isEmpty,
            !text.unicodeScalars.contains(where: \.isControl)
        else { throw SecretTrouble("the first line of \(path) holds no secret") }
        return text
    }
}
