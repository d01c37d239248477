import Foundation

/// One file of the project, as text.
struct SourceFile: Sendable, CustomStringConvertible {
    /// From the top of the project: `Sources/Base/Tensor.swift`.
    let path: String
    let text: String

    var description: String { path }
    /// The folder below `Sources` that holds it.
    var room: String { path.split(separator: "/").dropFirst().first.map(String.init) ?? "" }
    var name: String { path.split(separator: "/").last.map(String.init) ?? "" }
    var lines: [Substring] { text.split(separator: "\n", omittingEmptySubsequences: false) }

    /// Lines without their `//` comments and without what stands in string literals: house rules are about code.
    let code: [String]

    init(path: String, text: String) {
        self.path = path
        self.text = text
        code = text.split(separator: "\n", omittingEmptySubsequences: false).map(Self.code(in:))
    }

    private static func code(in line: Substring) -> String {
        var code = "", isInside = false, isEscaped = false, previous: Character = " "
        for character in line {
            if character == "\"" && !isEscaped { isInside.toggle() }
            if !isInside && character == "/" && previous == "/" { return String(code.dropLast()) }
            isEscaped = isInside && character == "\\" && !isEscaped
            if !isInside { code.append(character) }
            previous = isInside ? " " : character
        }
        return code
    }

    /// Lines, from 1, in whose code the pattern is found.
    func lineNumbers(of pattern: Regex<AnyRegexOutput>) -> [Int] {
        code.enumerated().filter { $0.element.contains(pattern) }.map { $0.offset + 1 }
    }
}

/// What is checked in.
enum SourceTree {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path

    /// The folders of `Sources`, by name; those that only point to another one too.
    static let rooms: [String] = folders("Sources")

    static let swift: [SourceFile] = files(["Sources"], ending: [".swift"])

    static let all: [SourceFile] =
        files(
            ["Sources", "Tests", "Benchmarks", "scripts", "systemd", "config", ".ci"],
            ending: [".swift", ".c", ".h", ".sh", ".py", ".json", ".conf", ".service", ".txt", "/run"])
        + ["NOTICE", "Makefile", "Package.swift"].compactMap(file) + pages

    /// What people read.
    static let pages: [SourceFile] =
        files(["docs"], ending: [".md"])
        + ((try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []).sorted()
        .filter { $0.hasSuffix(".md") }.compactMap(file)

    static func file(_ path: String) -> SourceFile? {
        guard let data = FileManager.default.contents(atPath: "\(root)/\(path)") else { return nil }
        return SourceFile(path: path, text: String(decoding: data, as: UTF8.self))
    }

    static func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: "\(root)/\(path)") }

    static func folders(_ path: String) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "\(root)/\(path)")) ?? []
        return names.sorted().filter { name in
            var isFolder: ObjCBool = false
            // SAFETY: the pointer is to a local.
            let exists = unsafe FileManager.default.fileExists(
                atPath: "\(root)/\(path)/\(name)", isDirectory: &isFolder)
            return exists && isFolder.boolValue
        }
    }

    static func files(_ tops: [String], ending: [String]) -> [SourceFile] {
        tops.flatMap { top -> [SourceFile] in
            let paths = (try? FileManager.default.subpathsOfDirectory(atPath: "\(root)/\(top)")) ?? []
            return paths.sorted().map { "\(top)/\($0)" }
                .filter { path in ending.contains { path.hasSuffix($0) } && !path.contains("__pycache__") }
                .compactMap(file)
        }
    }
}
