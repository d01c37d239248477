import Base
import Porchlight
import Testing

@Suite("Memory for the pictures of all cameras")
struct CameraMemoryTests {
    private static let names = ["one", "two", "three", "four"].compactMap { CameraName($0) }

    private func memory(of bytes: Int) -> CameraMemory {
        var memory = CameraMemory()
        for name in Self.names { memory.add(bytes, of: name) }
        return memory
    }

    @Test("Four cameras of 1280x720 fit, raw ones too")
    func usual() { #expect(memory(of: 1280 * 720 * 2 * 9).problem == nil) }

    @Test("Four raw cameras of 3840x2160 are refused with the sum, before the service is ended for it")
    func tooMany() throws {
        let problem = try #require(memory(of: 3840 * 2160 * 2 * 9).problem)
        #expect(problem.contains("570 MB") && problem.contains("four 143 MB") && problem.contains("320 MB"))
    }

    @Test("What is not known is not counted")
    func unknown() { #expect(memory(of: 0).problem == nil) }
}
