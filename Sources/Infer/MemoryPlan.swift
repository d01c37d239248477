/// When a tensor is needed, and how large it is.
package struct Lifetime: Sendable {
    package var floats: Int
    /// The first and the last step that touch it, inclusive.
    package var first: Int
    package var last: Int

    package init(floats: Int, first: Int, last: Int) {
        self.floats = floats
        self.first = first
        self.last = last
    }
}

/// Decides which tensors share memory.
package enum MemoryPlan {
    /// Starts are multiples of 64 bytes.
    package static let alignment = 16

    /// Largest first, each at the lowest place where nothing that lives at the same time is in the way. Compares all pairs.
    /// - Returns: where each tensor starts and how much all need together, in floats.
    package static func placed(_ lifetimes: [Lifetime]) -> (starts: [Int], floats: Int) {
        let order = lifetimes.indices.sorted { (lifetimes[$1].floats, $0) < (lifetimes[$0].floats, $1) }
        var placed: [(start: Int, end: Int, life: Lifetime)] = []
        var starts = [Int](repeating: 0, count: lifetimes.count)
        var peak = 0
        for index in order {
            let life = lifetimes[index]
            let size = (life.floats + alignment - 1) / alignment * alignment
            var start = 0
            for other in placed where other.life.first <= life.last && life.first <= other.life.last {
                if other.start >= start + size { break }
                start = max(start, other.end)
            }
            starts[index] = start
            let place = placed.firstIndex { $0.start > start } ?? placed.count
            placed.insert((start, start + size, life), at: place)
            peak = max(peak, start + size)
        }
        return (starts, peak)
    }
}
