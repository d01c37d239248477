import Base

/// When what is seen is told: after it has lasted, and until it has been gone for a while.
struct TroublePersistence: Sendable {
    private(set) var told: Set<CameraTrouble.Kind> = []
    /// Since when each kind has been seen, or, of those that were told, has not.
    private var seenSince: [CameraTrouble.Kind: MonotonicTime] = [:]
    private var goneSince: [CameraTrouble.Kind: MonotonicTime] = [:]
    private var toldSince: [CameraTrouble.Kind: MonotonicTime] = [:]

    /// Somebody who comes close to the lens, a lorry that stops, light that goes on: nothing of it lasts so long.
    private static func begin(_ kind: CameraTrouble.Kind) -> Duration {
        switch kind {
        case .frozen, .dark, .covered: .seconds(20)
        case .overExposed, .moved, .blurred, .slow, .damaged, .wrongSize, .offline, .noProcessor: .seconds(30)
        }
    }

    private static func end(_ kind: CameraTrouble.Kind) -> Duration {
        switch kind {
        case .moved, .blurred: .seconds(10)
        default: .seconds(4)
        }
    }

    /// After so long what differs from the reference is the scene.
    private static func acceptance(_ kind: CameraTrouble.Kind) -> Duration? {
        switch kind {
        case .moved: .seconds(3600)
        case .blurred: .seconds(24 * 3600)
        default: nil
        }
    }

    mutating func note(_ seen: Set<CameraTrouble.Kind>, at time: MonotonicTime) {
        seenSince = seenSince.filter { seen.contains($0.key) }
        for kind in seen {
            let since = seenSince[kind] ?? time
            seenSince[kind] = since
            goneSince[kind] = nil
            if time - since >= Self.begin(kind), told.insert(kind).inserted { toldSince[kind] = time }
        }
        for kind in told.subtracting(seen) {
            let since = goneSince[kind] ?? time
            goneSince[kind] = since
            if time - since >= Self.end(kind) { end(kind) }
        }
    }

    /// Whether something has been told for so long that it is the scene now.
    func accepts(at time: MonotonicTime) -> Bool {
        toldSince.contains { kind, since in Self.acceptance(kind).map { time - since >= $0 } ?? false }
    }

    mutating func end(_ kind: CameraTrouble.Kind) {
        told.remove(kind)
        (seenSince[kind], goneSince[kind], toldSince[kind]) = (nil, nil, nil)
    }
}
