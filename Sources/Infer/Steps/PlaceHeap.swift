import KernelTypes

/// A heap of places (indices as floats) in memory that was there before: what comes before all others is on top.
enum PlaceHeap {
    /// Makes a heap of `count` places in any order.
    static func build(_ heap: MutablePlane, _ count: Int, _ isBefore: (Float, Float) -> Bool) {
        for start in stride(from: count / 2 - 1, through: 0, by: -1) { unsafe sink(heap, start, count, isBefore) }
    }

    /// The top of a heap of `count` places, which has one less then.
    static func take(_ heap: MutablePlane, _ count: Int, _ isBefore: (Float, Float) -> Bool) -> Int {
        let top = unsafe heap[0]
        unsafe heap[0] = unsafe heap[count - 1]
        unsafe sink(heap, 0, count - 1, isBefore)
        return Int(top)
    }

    private static func sink(_ heap: MutablePlane, _ start: Int, _ count: Int, _ isBefore: (Float, Float) -> Bool) {
        var parent = start
        while true {
            var child = 2 * parent + 1
            guard child < count else { return }
            if child + 1 < count, unsafe isBefore(heap[child + 1], heap[child]) { child += 1 }
            guard unsafe isBefore(heap[child], heap[parent]) else { return }
            unsafe (heap[parent], heap[child]) = unsafe (heap[child], heap[parent])
            parent = child
        }
    }
}
