import KernelTypes

/// A sliding window's maximum or mean, plane by plane.
@safe final class PoolStep: Step {
    private let kernels: KernelTable
    private let kind: Pooling.Kind
    private let from: PlaneList
    private let to: PlaneList
    private let window: Window
    private let scratch: PlaneList

    init(
        _ kernels: KernelTable, _ kind: Pooling.Kind, from: PlaneList, to: PlaneList, window: Window, scratch: PlaneList
    ) {
        self.kernels = kernels
        self.kind = kind
        self.from = from
        self.to = to
        self.window = window
        self.scratch = scratch
    }

    func run(_ part: Part) {
        part.split(from.count) { worker, range in
            for plane in range {
                switch kind {
                case .maximum:
                    unsafe kernels.maxPool(from[plane], to[plane], window, 0, window.outputHeight, scratch[worker])
                case .average(let countsPadding):
                    unsafe kernels.averagePool(from[plane], to[plane], window, 0, window.outputHeight, countsPadding)
                }
            }
        }
    }
}
