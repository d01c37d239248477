import Runtime
import Testing

@Suite("Values that are kept for the keys used last")
struct RecentValuesTests {
    private struct Refused: Error {}

    @Test("what is used stays, what was used the longest ago goes, and nothing is made twice while it is there")
    func leastRecentlyUsed() {
        var made: [Int] = []
        var recent = RecentValues<Int, String>(capacity: 3)
        for key in [1, 2, 3, 1, 4, 2, 1] {
            let value = recent.value(for: key) {
                made.append(key)
                return "\(key)"
            }
            #expect(value == "\(key)" && recent.latest == value && recent.count <= 3)
        }
        #expect(made == [1, 2, 3, 4, 2])
    }

    @Test("what could not be made leaves nothing behind")
    func throwing() throws {
        var recent = RecentValues<Int, Int>(capacity: 2)
        #expect(throws: Refused.self) { try recent.value(for: 1) { () throws(Refused) in throw Refused() } }
        #expect(recent.count == 0 && recent.latest == nil)
        #expect(recent.value(for: 1) { 7 } == 7)
    }

    private final class Thing {}

    @Test("the oldest goes before the new one is made, so that there is never one more in memory")
    func room() {
        var recent = RecentValues<Int, Thing>(capacity: 1)
        weak let first = recent.value(for: 1) { Thing() }
        #expect(first != nil)
        _ = recent.value(for: 2) {
            #expect(first == nil)
            return Thing()
        }
    }
}
