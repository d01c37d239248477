import FoundationEssentials
import Infer
import Testing

@Suite struct OperatorTableTests {
    @Test("a file in Operators/ without a row in the table would be an operator that nobody can use")
    func everyFileHasARow() throws {
        let folder = "\(Fixtures.package)/Sources/Infer/Operators"
        let files = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".swift") }
        #expect(Set(files.map { String($0.dropLast(6)) }) == Set(Engine.operators))
    }
}
