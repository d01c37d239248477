import KernelTypes

/// Greedy, best score first: a box stays unless it overlaps one of its class that stays already.
/// https://onnx.ai/onnx/operators/onnx__NonMaxSuppression.html
@safe final class NonMaxSuppressionStep: Step {
    @safe struct Tensors {
        let boxes: MutablePlane
        let scores: MutablePlane
        /// For each class of each picture how many boxes stay, and which.
        let lists: MutablePlane
        /// `[batch · classes · most, 3]`: picture, class, box; zeros behind the last one.
        let result: MutablePlane
        let count: MutablePlane
    }

    private let tensors: Tensors
    private let batch: Int
    private let classes: Int
    private let candidates: Int
    private let most: Int
    private let overlap: Float
    private let threshold: Float?
    private let isCentered: Bool
    private let scratch: PlaneList

    /// - Parameters:
    ///   - most: boxes of one class of one picture, at least 1.
    ///   - scratch: room for `candidates` numbers for each thread.
    init(
        _ tensors: Tensors, batch: Int, classes: Int, candidates: Int, most: Int, overlap: Float, threshold: Float?,
        isCentered: Bool, scratch: PlaneList
    ) {
        self.tensors = tensors
        self.batch = batch
        self.classes = classes
        self.candidates = candidates
        self.most = most
        self.overlap = overlap
        self.threshold = threshold
        self.isCentered = isCentered
        self.scratch = scratch
    }

    func run(_ part: Part) {
        part.split(batch * classes) { worker, range in
            for list in range { unsafe select(list, scratch[worker]) }
        }
        part.split(1) { _, _ in join() }
    }

    private func select(_ list: Int, _ heap: MutablePlane) {
        let scores = unsafe tensors.scores + list * candidates
        let boxes = unsafe tensors.boxes + list / classes * candidates * 4
        let kept = unsafe tensors.lists + list * (most + 1) + 1
        var waiting = 0, count = 0
        for index in 0..<candidates {
            let score = unsafe scores[index]
            guard !score.isNaN, threshold.map({ score > $0 }) ?? true else { continue }
            unsafe heap[waiting] = Float(index)
            waiting += 1
        }
        /// Of equal scores the first place.
        func isBefore(_ a: Float, _ b: Float) -> Bool {
            let (x, y) = unsafe (scores[Int(a)], scores[Int(b)])
            return x == y ? a < b : x > y
        }
        unsafe PlaceHeap.build(heap, waiting, isBefore)
        while waiting > 0, count < most {
            let best = unsafe PlaceHeap.take(heap, waiting, isBefore)
            waiting -= 1
            let box = unsafe Corners(boxes + best * 4, isCentered)
            var stays = true
            for other in 0..<count where stays {
                stays = unsafe box.overlap(Corners(boxes + Int(kept[other]) * 4, isCentered)) <= overlap
            }
            guard stays else { continue }
            unsafe kept[count] = Float(best)
            count += 1
        }
        unsafe (kept - 1).pointee = Float(count)
    }

    /// All lists, one after the other.
    private func join() {
        var row = 0
        for list in 0..<batch * classes {
            let kept = unsafe tensors.lists + list * (most + 1)
            for index in 0..<Int(unsafe kept.pointee) {
                let target = unsafe tensors.result + 3 * row
                unsafe target[0] = Float(list / classes)
                unsafe target[1] = Float(list % classes)
                unsafe target[2] = unsafe kept[1 + index]
                row += 1
            }
        }
        unsafe tensors.count.pointee = Float(row)
        unsafe (tensors.result + 3 * row).update(repeating: 0, count: 3 * (batch * classes * most - row))
    }

    /// A box by two corners, whatever the file says.
    private struct Corners {
        let top, left, bottom, right: Float

        /// - Parameter p: y, x, y, x of any two opposite corners; or x, y of the middle, width, height.
        init(_ p: MutablePlane, _ isCentered: Bool) {
            let (a, b) = unsafe (p[0], p[1])
            let (c, d) = unsafe (p[2], p[3])
            if isCentered {
                (left, right) = (a - c / 2, a + c / 2)
                (top, bottom) = (b - d / 2, b + d / 2)
            } else {
                (top, bottom) = (min(a, c), max(a, c))
                (left, right) = (min(b, d), max(b, d))
            }
        }

        private var area: Float { (bottom - top) * (right - left) }

        /// Intersection over union, 0...1.
        func overlap(_ other: Corners) -> Float {
            let height = min(bottom, other.bottom) - max(top, other.top)
            let width = min(right, other.right) - max(left, other.left)
            guard height > 0, width > 0 else { return 0 }
            let shared = height * width, union = area + other.area - shared
            return union > 0 ? shared / union : 0
        }
    }
}
