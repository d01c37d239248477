import Base
import Interpret
import Testing

/// Strangers that come again are known as the same, and nobody is remembered longer than the owner wants.
@Suite struct StrangerMemoryTests {
    /// Two people who are not alike.
    private func seen(_ script: inout FaceScript, _ number: Float) throws {
        try script.looks(6, [person()], [face(number)])
        script.end(.cameraLost)
        script.now += 60_000
    }

    private func told(_ script: FaceScript) -> [String] {
        script.events.filter { $0.phase == .ended }.compactMap(\.face?.stranger)
    }

    @Test("what was kept before a restart is the same stranger after it")
    func restart() throws {
        var script = try FaceScript()
        try seen(&script, 5)
        let kept = script.strangers.takeChanges()
        #expect(kept.kept.map(\.id) == told(script) && kept.gone.isEmpty && kept.kept.first?.visits == 1)
        var later = try FaceScript(strangers: kept.kept)
        try seen(&later, 5)
        #expect(told(later) == told(script))
        let again = later.strangers.takeChanges()
        #expect(again.kept.map(\.visits) == [2] && later.strangers.takeChanges().isEmpty)
        try seen(&later, -5)
        #expect(later.strangers.all.map(\.id) == told(later).reversed(), "whoever came last is told first")
    }

    @Test("who is forgotten is told to be gone, and is somebody else when coming again")
    func forgotten() throws {
        var script = try FaceScript()
        try seen(&script, 5)
        try seen(&script, -5)
        let all = told(script)
        #expect(script.strangers.forget(all[0]) && !script.strangers.forget(all[0]))
        #expect(script.strangers.takeChanges().gone == [all[0]])
        try seen(&script, 5)
        #expect(told(script).count == 3 && !all.contains(told(script)[2]))
        #expect(script.strangers.forgetAll() == 2 && script.strangers.count == 0)
    }

    @Test("changes that could not be kept come again, without those that are gone by then")
    func putBack() throws {
        var script = try FaceScript()
        try seen(&script, 5)
        try seen(&script, -5)
        let changes = script.strangers.takeChanges()
        _ = script.strangers.forget(changes.kept[0].id)
        script.strangers.putBack(changes)
        let next = script.strangers.takeChanges()
        #expect(next.kept.map(\.id) == [changes.kept[1].id] && next.gone == [changes.kept[0].id])
    }

    @Test("who was not seen for longer than is wanted is forgotten, and no more are remembered than there is room for")
    func bounds() throws {
        let model = try #require(FaceScript.model), vector = try #require(FaceVector([5, 1]))
        let known = (0..<300).map { index in
            KeptStranger(
                id: "stranger-\(index)", vector: vector, model: model, visits: 1,
                met: WallTime(milliseconds: Int64(index)))
        }
        let memory = StrangerMemory(known, makeID: { "never-asked" })
        #expect(memory.count == StrangerMemory.most)
        #expect(memory.forget(metBefore: WallTime(milliseconds: 290)) == StrangerMemory.most - 10)
        #expect(memory.count == 10 && memory.takeChanges().gone.count == StrangerMemory.most - 10)
    }
}
