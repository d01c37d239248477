import Kernels

/// Planes with poison around them: a kernel may read there, but what is there must neither reach a result nor change.
final class GuardedPlanes {
    static let canary: Float = 7.25e33
    let count: Int
    let pixels: Int
    let pointers: UnsafeMutablePointer<MutablePlane>
    private let memory: UnsafeMutablePointer<Float>
    private let step: Int
    private let poison: Float

    /// - Parameter poison: NaN around inputs, so that one leaked lane is seen; the canary around (and in) outputs.
    private init(_ count: Int, _ pixels: Int, poison: Float) {
        self.count = count
        self.pixels = pixels
        self.poison = poison
        step = pixels + PlaneGuard.floats
        let total = PlaneGuard.floats + max(count, 1) * step
        memory = .allocate(capacity: total)
        memory.initialize(repeating: poison, count: total)
        pointers = .allocate(capacity: max(count, 1))
        for index in 0..<max(count, 1) { pointers[index] = memory + PlaneGuard.floats + index * step }
    }

    static func random(_ count: Int, _ pixels: Int, seed: UInt64, scale: Float = 1) -> GuardedPlanes {
        let planes = GuardedPlanes(count, pixels, poison: .nan)
        var generator = SplitMix(state: seed)
        for index in 0..<count { for i in 0..<pixels { planes.pointers[index][i] = generator.next() * scale } }
        return planes
    }

    static func output(_ count: Int, _ pixels: Int) -> GuardedPlanes {
        GuardedPlanes(count, pixels, poison: canary)
    }

    deinit {
        memory.deallocate()
        pointers.deallocate()
    }

    var first: MutablePlane { pointers[0] }
    var readable: UnsafePointer<Plane> {
        UnsafeRawPointer(pointers).assumingMemoryBound(to: Plane.self)
    }
    var values: [Float] { (0..<count).flatMap { index in (0..<pixels).map { pointers[index][$0] } } }

    /// Whether everything around the planes is as it was made.
    var guardsUntouched: Bool {
        let gaps = [0] + (0..<count).map { PlaneGuard.floats + $0 * step + pixels }
        return gaps.allSatisfy { gap in
            (gap..<gap + PlaneGuard.floats).allSatisfy { memory[$0].bitPattern == poison.bitPattern }
        }
    }
}

/// Steele, Lea and Flood's SplitMix64: seeded, so that a failure repeats.
struct SplitMix {
    var state: UInt64

    /// In -1..<1.
    mutating func next() -> Float {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return Float((z ^ (z >> 31)) >> 40) / 8_388_608 - 1
    }
}

/// The largest `|a - b| / (1 + |b|)`; infinite when the lengths differ or only one of a pair is NaN.
func largestError(_ a: [Float], _ b: [Float]) -> Float {
    guard a.count == b.count else { return .infinity }
    var worst: Float = 0
    for (x, y) in zip(a, b) where x.bitPattern != y.bitPattern && !(x.isNaN && y.isNaN) {
        let error = abs(x - y) / (1 + abs(y))
        worst = error.isNaN ? .infinity : max(worst, error)
    }
    return worst
}

/// The names of all fast tables of this machine: what the tests run over.
let fastTables = KernelTable.available.map(\.name).filter { $0 != "scalar" }

/// 0 and 1: edges; then one vector of every width (4, 8, 16) with its neighbours, whole tiles and their neighbours.
let awkwardCounts = [0, 1, 3, 4, 5, 7, 8, 9, 15, 16, 17, 23, 24, 25, 31, 33, 47, 48, 49, 95, 97, 169]

let everyActivation: [Activation] = [
    .none, .relu, .relu6, .clip(low: -0.5, high: 0.25), .leakyRelu(slope: 0.1), .silu, .sigmoid, .hardSwish,
    .gelu, .erf, .tanh,
    .hardSigmoid(alpha: 0.2, beta: 0.5),
]
