import Foundation
import Testing

/// The house rules that can be executed. They look at what is in `Sources` now: a room that is not built yet is not
/// missed, but a room that nobody planned is.
@Suite struct HouseTests {
    @Test("the tree was found")
    func treeIsThere() {
        #expect(SourceTree.rooms.contains("Base"))
        #expect(SourceTree.swift.count > 20)
        #expect(Set(House.rooms.map(\.name)).count == House.rooms.count)
    }

    @Test("every folder of Sources is a room of the plan", arguments: SourceTree.rooms)
    func roomsArePlanned(room: String) {
        #expect(House.rooms.contains { $0.name == room }, "\(room): say in House.swift whom it may know")
    }

    @Test("imports form a star: no room knows another, only Base, Runtime, its own door and its own packages")
    func importsFormAStar() throws {
        let statement = try Regex(
            #"^\s*(?:@\w+(?:\(\w+\))?\s+)*(?:\w+\s+)?import\s+(?:(?:struct|class|enum|func|let|var|typealias|protocol)\s+)?(\w+)"#
        )
        var imports = 0
        for file in SourceTree.swift {
            guard let room = House.rooms.first(where: { $0.name == file.room }) else { continue }
            let beyond = House.withoutFoundation.contains(room.name) ? [] : House.toolchainBeyondBase
            let allowed = room.ours.union(room.packages).union(House.toolchain).union(beyond)
            for line in file.code {
                guard let match = line.firstMatch(of: statement), let module = match[1].substring else { continue }
                imports += 1
                let isPlanned = allowed.contains(String(module))
                #expect(isPlanned, "\(file) imports \(module)")
            }
        }
        #expect(imports > 5, "the pattern finds imports")
    }

    @Test("a door to C holds a module map and a shim of reasons, and nothing else", arguments: House.doors)
    func doorsHoldNoLogic(door: String) throws {
        guard SourceTree.rooms.contains(door) else { return }
        let files = try FileManager.default.subpathsOfDirectory(atPath: "\(SourceTree.root)/Sources/\(door)")
        #expect(Set(files) == ["module.modulemap", "shim.h"])
    }

    @Test("every file in a folder of many has its row in the table", arguments: House.tables)
    func filesHaveRows(rule: TableRule) throws {
        guard SourceTree.rooms.contains(rule.room) else { return }
        let files = SourceTree.swift.filter {
            $0.path.hasPrefix("Sources/\(rule.folder)/") && $0.name.hasSuffix(rule.suffix)
        }
        #expect(!files.isEmpty, "\(rule.folder) is empty or has moved")
        let table = try #require(SourceTree.file("Sources/\(rule.table)"), "the table is there")
        let words = Set(table.code.flatMap { $0.split { !$0.isLetter && !$0.isNumber && $0 != "_" } })
        let declaration = try Regex(#"\b(?:struct|enum|class|static func|static let|static var)\s+(\w+)"#)
        for file in files where file.path != table.path {
            let names = file.code.flatMap { $0.matches(of: declaration).compactMap { $0[1].substring } }
            // What every file of the folder calls alike names none of them.
            #expect(
                names.contains { words.contains($0) && !["row", "kind"].contains($0) },
                "\(file) has no row in \(rule.table)")
        }
    }

    @Test("nothing that can trap on outside data, nothing public, nothing unfinished")
    func forbiddenWords() throws {
        let forbidden: [(pattern: String, allowed: Set<String>)] = [
            (#"\btry!"#, []), (#"\bas!"#, []), (#"\bfatalError\("#, []), (#"\bpublic\b"#, House.publicWords),
            (#"@unchecked Sendable"#, House.uncheckedSendable), (#"\bopen class\b"#, []),
            (#"\b(struct|class|enum|actor|protocol) \w*(Manager|Helper|Utils?)\b"#, []),
        ]
        for (pattern, allowed) in forbidden {
            let pattern = try Regex(pattern)
            for file in SourceTree.swift where !allowed.contains(file.path) {
                #expect(file.lineNumbers(of: pattern) == [], "\(file)")
            }
        }
        let unfinished = try Regex("TO" + "DO|FIX" + "ME")
        for file in SourceTree.all { #expect(!file.text.contains(unfinished), "\(file)") }
    }

    @Test("a permission that is not used any more is taken back")
    func permissionsAreUsed() {
        for path in House.uncheckedSendable {
            guard let file = SourceTree.file(path) else { continue }
            #expect(file.text.contains("@unchecked Sendable"), "\(path)")
        }
    }

    @Test("each concern has its one place")
    func concerns() throws {
        for (text, places) in House.concerns {
            let pattern = try Regex(text)
            for file in SourceTree.swift where !places.contains(where: { file.path.hasPrefix($0) }) {
                #expect(file.lineNumbers(of: pattern) == [], "\(file): \(text) belongs into \(places)")
            }
        }
    }

    @Test("no file is too long to be read")
    func lengths() {
        for file in SourceTree.all where !file.path.hasSuffix(".json") {
            let longest = file.path.hasPrefix("Sources/") ? House.longestSource : House.longestOther
            #expect(file.lines.count <= longest, "\(file): \(file.lines.count) lines")
        }
    }

    @Test("nothing points to a place on one machine only")
    func machinePaths() throws {
        // Put together here, or this file would be the first to be found.
        let pattern = try Regex("/(" + "home|Users|root|work" + ")/[A-Za-z0-9]")
        for file in SourceTree.all {
            let found = file.lines.enumerated().filter { $0.element.contains(pattern) }.map { $0.offset + 1 }
            #expect(found == [], "\(file)")
        }
        for file in SourceTree.swift { #expect(!file.text.contains("\"/tmp"), "\(file)") }
    }

    @Test("the tree in ARCHITECTURE.md names every module")
    func architectureNamesModules() throws {
        let page = try #require(SourceTree.file("ARCHITECTURE.md")).text
        for room in SourceTree.rooms { #expect(page.contains("\(room)/"), "\(room)/ is not in the tree") }
    }

    @Test("docs/settings.md explains every key of the example config")
    func settingsAreExplained() throws {
        let page = try #require(SourceTree.file("docs/settings.md")).text
        let example = try #require(SourceTree.file("config/porchlight.example.json")).text
        for match in example.matches(of: /"([A-Za-z]+)":/) where match.1 != "replay" {
            #expect(page.contains(match.1), "\(match.1) is not explained")
        }
    }

    @Test("every make target that a page speaks of exists, and every link to a file leads somewhere")
    func pagesAreTrue() throws {
        let makefile = try #require(SourceTree.file("Makefile")).text
        #expect(SourceTree.pages.count > 8)
        for page in SourceTree.pages {
            for match in page.text.matches(of: /(?:`|\n)make ([a-z]+)/) {
                #expect(makefile.contains("\n\(match.1):"), "\(page) speaks of make \(match.1)")
            }
            let folder = page.path.split(separator: "/").dropLast().map { "\($0)/" }.joined()
            for match in page.text.matches(of: /\]\(([^)#:]+)[^):]*\)/) {
                #expect(SourceTree.exists(folder + match.1), "\(page) links to \(match.1)")
            }
        }
    }

    @Test("the README is short enough to be read")
    func readmeIsShort() throws {
        #expect(try #require(SourceTree.file("README.md")).text.utf8.count <= 10_000, "depth belongs into docs/")
    }
}
