import FoundationEssentials
import Glibc

/// Files that come with the program.
enum ShippedFiles {
    /// - Parameter name: a file or folder below the program's share folder, such as `models/default`.
    /// - Parameter source: where the same lies in a checkout, which is the working directory then.
    /// - Returns: where it is looked for: beside the program as `make install` put it, then as a package does, then in the
    ///   working directory.
    static func places(of name: String, source: String) -> [String] {
        let program = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        let folder = program.split(separator: "/").dropLast().joined(separator: "/")
        return ["/\(folder)/../share/porchlight/\(name)", "/usr/share/porchlight/\(name)", source]
    }

    /// The first of those places where something is.
    static func path(of name: String, source: String) -> String? {
        places(of: name, source: source).first { unsafe access($0, F_OK) == 0 }
    }
}
