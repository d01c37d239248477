import Foundation
import Testing

/// Python finds a name that is gone only when it runs, so that a change in one file of tests can end all of them.
@Suite struct PythonImportTests {
    /// What `from module import name` asks for: the module as it is written, and one name.
    private struct Import: Hashable, CustomStringConvertible {
        let module: String
        let name: String

        var description: String { "from \(module) import \(name)" }
    }

    private static let scripts = SourceTree.files(["Tests", "Benchmarks", "training"], ending: [".py"])

    @Test("what a Python file takes from another file of ours stands there")
    func importsAreThere() throws {
        var seen = 0
        for file in Self.scripts {
            for wanted in Self.imports(in: file.text) {
                guard let source = Self.source(of: wanted.module, for: file) else { continue }
                seen += 1
                let isThere = Self.declares(source.text, wanted.name)
                #expect(isThere, "\(file): \(wanted), which \(source) does not have")
            }
        }
        #expect(seen > 100, "the pattern finds imports")
    }

    @Test("an import of several lines is read, and a name that is gone is noticed")
    func noticesWhatIsGone() {
        let found = Self.imports(
            in: "from disks import (\n    fill,  # a comment\n    small as tiny,\n)\nfrom clocks import now\n")
        #expect(
            found == [
                Import(module: "disks", name: "fill"), Import(module: "disks", name: "small"),
                Import(module: "clocks", name: "now"),
            ])
        #expect(Self.declares("def fill(folder):\n    pass\n", "fill"))
        #expect(Self.declares("LIMIT = 3\n", "LIMIT") && Self.declares("from disks import fill\n", "fill"))
        #expect(!Self.declares("def fill_disk(folder):\n    fill = 3\n", "fill"))
    }

    private static func imports(in text: String) -> [Import] {
        text.matches(of: /(?m)^[ ]*from ([\w.]+) import (?:\(([^)]*)\)|([^(\n]*))/).flatMap { match in
            (match.2 ?? match.3 ?? "").split(separator: "\n")
                .flatMap { $0.prefix { $0 != "#" }.split(separator: ",") }
                .compactMap { $0.split(separator: " ").first }
                .map { Import(module: String(match.1), name: String($0)) }
        }
    }

    /// The file of ours that a module's name means: beside the one that asks, or from one of the folders that are searched.
    private static func source(of module: String, for file: SourceFile) -> SourceFile? {
        var folder = file.path.split(separator: "/").dropLast()
        var name = module
        if name.hasPrefix(".") {
            name.removeFirst()
            while name.hasPrefix(".") {
                name.removeFirst()
                folder = folder.dropLast()
            }
        }
        let path = name.split(separator: ".").joined(separator: "/")
        let beside = folder.joined(separator: "/")
        return [beside, "Tests", "Tests/e2e", "training"].lazy.compactMap { SourceTree.file("\($0)/\(path).py") }.first
    }

    private static func declares(_ text: String, _ name: String) -> Bool {
        let ways = [
            "(?:async )?(?:def|class) \(name)\\b", "(?:\\w[^\\n=(]*\\W)?\(name)\\b[^\\n=(]*=",
            " *(?:from .*)?import (?:[^\\n]*\\W)?\(name)\\b", "    \(name),?$",
        ]
        guard let pattern = try? Regex("(?m)^(?:\(ways.joined(separator: "|")))")
        else { return false }
        return text.contains(pattern)
    }
}
