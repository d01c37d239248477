import KernelTypes

/// A layer of long short-term memory: https://onnx.ai/onnx/operators/onnx__LSTM.html. What the inputs give is one product of
/// matrices for all steps of time; what the step before gives is one for each.
@safe final class LSTMStep: Step {
    enum Direction: Sendable { case forward, backward }

    struct Layer: Sendable {
        /// In time.
        var steps: Int
        var batch: Int
        /// Numbers of an input, and of a state.
        var width: Int
        var hidden: Int
        var directions: [Direction]
    }

    /// Dense, as ONNX has them: input `[steps, batch, width]`, weights `[directions, 4 * hidden, width]`, recurrence `[directions,
    /// 4 * hidden, hidden]`, bias `[directions, 8 * hidden]`, peepholes `[directions, 3 * hidden]`, states `[directions, batch,
    /// hidden]`, output `[steps, directions, batch, hidden]`. The gates are input, output, forget, cell.
    struct Places {
        var input: MutablePlane
        var weights: MutablePlane
        var recurrence: MutablePlane
        var bias: MutablePlane?
        var peepholes: MutablePlane?
        var firstHidden: MutablePlane
        var firstCell: MutablePlane
        var output: MutablePlane
        var lastHidden: MutablePlane
        var lastCell: MutablePlane
    }

    private let kernels: KernelTable
    private let layer: Layer
    private let places: Places
    private let scratch: PlaneList

    /// - Parameter scratch: for each thread the gates of all steps, `4 * steps * batch * hidden` floats, and a state.
    init(_ kernels: KernelTable, _ layer: Layer, _ places: Places, scratch: PlaneList) {
        Multiplication.oneThread
        self.kernels = kernels
        self.layer = layer
        self.places = places
        self.scratch = scratch
    }

    func run(_ part: Part) {
        part.split(layer.directions.count) { worker, mine in
            for direction in mine { unsafe run(direction, scratch[worker]) }
        }
    }

    private func run(_ direction: Int, _ gates: MutablePlane) {
        let (rows, hidden, states) = (layer.steps * layer.batch, layer.hidden, layer.batch * layer.hidden)
        unsafe startGates(direction, gates)
        let squashed = unsafe gates + 4 * rows * hidden
        let cell = unsafe places.lastCell + direction * states
        unsafe cell.update(from: places.firstCell + direction * states, count: states)
        var before = unsafe places.firstHidden + direction * states
        for step in 0..<layer.steps {
            let time = layer.directions[direction] == .forward ? step : layer.steps - 1 - step
            let now = unsafe gates + 4 * time * states
            unsafe multiply(
                rows: layer.batch, depth: hidden, before, places.recurrence + direction * 4 * hidden * hidden, now)
            let after = unsafe places.output + (time * layer.directions.count + direction) * states
            for row in 0..<layer.batch {
                unsafe turn(direction, now + 4 * row * hidden, cell + row * hidden, squashed, after + row * hidden)
            }
            unsafe before = after
        }
        unsafe (places.lastHidden + direction * states).update(from: before, count: states)
    }

    /// Biases, and what the inputs of all times give.
    private func startGates(_ direction: Int, _ gates: MutablePlane) {
        let (rows, gateFloats) = (layer.steps * layer.batch, 4 * layer.hidden)
        if let bias = unsafe places.bias {
            let own = unsafe bias + 2 * direction * gateFloats
            for row in 0..<rows {
                unsafe kernels.combine(own, own + gateFloats, gates + row * gateFloats, gateFloats, .add)
            }
        } else {
            unsafe gates.update(repeating: 0, count: rows * gateFloats)
        }
        unsafe multiply(
            rows: rows, depth: layer.width, places.input, places.weights + direction * gateFloats * layer.width, gates)
    }

    /// `gates += left * right transposed`
    private func multiply(
        rows: Int, depth: Int, _ left: MutablePlane, _ right: MutablePlane, _ gates: MutablePlane
    ) {
        let product = Multiplication(
            rows: rows, columns: 4 * layer.hidden, depth: depth, transposesRight: true, accumulates: true)
        unsafe product.multiply(left, right, gates)
    }

    /// One state moves on by one step of time.
    private func turn(
        _ direction: Int, _ gates: MutablePlane, _ cell: MutablePlane, _ squashed: MutablePlane, _ after: MutablePlane
    ) {
        let hidden = layer.hidden
        let (input, output) = unsafe (gates, gates + hidden)
        let (forget, candidate) = unsafe (gates + 2 * hidden, gates + 3 * hidden)
        let peepholes = unsafe places.peepholes.map { unsafe $0 + 3 * direction * hidden }
        /// What the cell adds to a gate.
        func look(_ gate: MutablePlane, _ part: Int) {
            guard let peepholes = unsafe peepholes else { return }
            for index in 0..<hidden { unsafe gate[index] += peepholes[part * hidden + index] * cell[index] }
        }
        unsafe look(input, 0)
        unsafe look(forget, 2)
        unsafe kernels.activate(input, input, hidden, .sigmoid)
        unsafe kernels.activate(forget, forget, hidden, .sigmoid)
        unsafe kernels.activate(candidate, candidate, hidden, .tanh)
        unsafe kernels.combine(forget, cell, cell, hidden, .multiply)
        unsafe kernels.combine(input, candidate, candidate, hidden, .multiply)
        unsafe kernels.combine(cell, candidate, cell, hidden, .add)
        unsafe look(output, 1)
        unsafe kernels.activate(output, output, hidden, .sigmoid)
        unsafe kernels.activate(cell, squashed, hidden, .tanh)
        unsafe kernels.combine(output, squashed, after, hidden, .multiply)
    }
}
