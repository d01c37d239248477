import Foundation
import Interpret
import Testing

@Suite("The table of heads")
struct HeadTableTests {
    @Test("every head in Heads/ has its row: a head without one would never be tried")
    func everyHeadHasARow() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Sources/Interpret")
        let table = try String(contentsOf: root.appending(path: "HeadTable.swift"), encoding: .utf8)
        let files = try FileManager.default.contentsOfDirectory(atPath: root.appending(path: "Heads").path)
        let heads = files.filter { $0.hasSuffix("Head.swift") }.map { $0.dropLast(".swift".count) }
        #expect(heads.count == 9)
        for head in heads { #expect(table.contains("\(head).row"), "\(head) has no row") }
    }
}
