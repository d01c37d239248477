import KernelTypes

/// Rows from where indices say.
@safe final class GatherStep: Step {
    private let indexing: Indexing
    private let from: MutablePlane
    private let indices: MutablePlane
    private let to: MutablePlane

    init(_ indexing: Indexing, from: MutablePlane, indices: MutablePlane, to: MutablePlane) {
        self.indexing = indexing
        unsafe self.from = unsafe from
        unsafe self.indices = unsafe indices
        unsafe self.to = unsafe to
    }

    func run(_ part: Part) {
        let run = indexing.run
        part.split(indexing.bases.count) { _, range in
            for row in range {
                // SAFETY: `start` keeps every index within its side, so a run from there lies in the data.
                unsafe (to + row * run).update(from: from + indexing.start(row, indices), count: run)
            }
        }
    }
}

/// Rows to where indices say.
@safe final class ScatterStep: Step {
    enum Reduction: String { case none, add, mul, max, min }

    private let indexing: Indexing
    private let reduction: Reduction
    private let from: MutablePlane
    private let indices: MutablePlane
    private let to: MutablePlane

    init(
        _ indexing: Indexing, _ reduction: Reduction, from: MutablePlane, indices: MutablePlane, to: MutablePlane
    ) {
        self.indexing = indexing
        self.reduction = reduction
        unsafe self.from = unsafe from
        unsafe self.indices = unsafe indices
        unsafe self.to = unsafe to
    }

    func run(_ part: Part) {
        // One thread: two rows may go to one place.
        part.split(1) { _, _ in
            for row in indexing.bases.indices {
                let target = unsafe to + indexing.start(row, indices), source = unsafe from + row * indexing.run
                for index in 0..<indexing.run { unsafe put(source[index], target + index) }
            }
        }
    }

    private func put(_ value: Float, _ place: MutablePlane) {
        switch reduction {
        case .none: unsafe place.pointee = value
        case .add: unsafe place.pointee += value
        case .mul: unsafe place.pointee *= value
        case .max: unsafe place.pointee = Swift.max(unsafe place.pointee, value)
        case .min: unsafe place.pointee = Swift.min(unsafe place.pointee, value)
        }
    }
}
