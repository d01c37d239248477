/// What a thread begins, for those who ask why it is silent.
package enum ThreadWork: Sendable, Equatable, CustomStringConvertible {
    case driverCall(String, device: String)
    case reading(path: String)
    case writing(path: String)
    case nameLookup(host: String)
    /// Work of our own, as a noun: `decoding a picture`.
    case step(String)

    package var description: String {
        switch self {
        case .driverCall(let call, let device): "the driver's \(call) on \(device)"
        case .reading(let path): "reading \(path)"
        case .writing(let path): "writing \(path)"
        case .nameLookup(let host): "looking up the address of \(host)"
        case .step(let words): words
        }
    }
}

/// Where a thread says that it lives. The one that hangs cannot answer: it is noticed by its silence. Filled by the wiring.
package protocol ThreadHeartbeat: Sendable {
    /// The thread lives, and begins something. Costs a lock of nanoseconds.
    /// - Parameter quietFor: it will not speak again before that on purpose.
    func beat(_ doing: ThreadWork, quietFor: Duration)
    /// The thread has ended: its silence is meant so.
    func rest()
}

extension ThreadHeartbeat {
    package func beat(_ doing: ThreadWork) { beat(doing, quietFor: .zero) }
}
