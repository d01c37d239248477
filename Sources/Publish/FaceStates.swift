import Base

/// Who is there, by face search: of each processor the latest word about each open visit. Pure.
struct FaceStates: Sendable {
    /// More visits than a picture holds people.
    private static let most = 64

    private var open: [ProcessorName: [Event]] = [:]

    mutating func note(_ event: Event) {
        guard event.face != nil else { return }
        var visits = open[event.processor] ?? []
        visits.removeAll { $0.id == event.id }
        if event.phase != .ended { visits.append(event) }
        open[event.processor] = visits.isEmpty ? nil : Array(visits.suffix(Self.most))
    }

    mutating func forget(_ processor: ProcessorName) { open[processor] = nil }
    mutating func forgetAll() { open = [:] }

    /// The visit that stands for the processor: of those with a name the one told last, else the one told last. Nil when
    /// nobody is there.
    func latest(of processor: ProcessorName) -> Event? {
        let visits = open[processor] ?? []
        return visits.last { $0.face?.name != nil } ?? visits.last
    }

    func count(of processor: ProcessorName) -> Int { open[processor]?.count ?? 0 }
}

extension Payloads {
    /// What `processor/<p>/face` says of somebody without a name.
    package static let unknownFace = "unknown"

    /// `processor/<p>/face`: the name, `unknown`, or nothing when nobody is there.
    static func face(_ event: Event?) -> [UInt8] {
        event.map { Array(($0.face?.name ?? unknownFace).utf8) } ?? []
    }

    /// `processor/<p>/face/attributes`.
    /// - Parameter people: how many are there.
    static func faceAttributes(_ event: Event?, people: Int, bootID: String) -> JSONValue {
        guard let event, let verdict = event.face else {
            return ["state": "nobody", "count": 0, "bootId": .string(bootID)]
        }
        var members = Self.verdict(verdict).object ?? [:]
        members["state"] = .string(verdict.name ?? unknownFace)
        members["count"] = .integer(Int64(people))
        members["visit"] = .string(event.id)
        members["since"] = .string(WallTime(of: event.since).rfc3339)
        members["bootId"] = .string(bootID)
        return .object(members)
    }

    /// `face` of an event.
    static func verdict(_ verdict: FaceVerdict) -> JSONValue {
        [
            "name": verdict.name.map(JSONValue.string) ?? .null,
            "similarity": verdict.similarity.map { .number(($0 * 100).rounded() / 100) } ?? .null,
            "looksAgreed": .integer(Int64(verdict.looksAgreed)), "looksTaken": .integer(Int64(verdict.looksTaken)),
            "stranger": verdict.stranger.map(JSONValue.string) ?? .null,
            "why": verdict.doubt.map { .string($0.rawValue) } ?? .null,
        ]
    }
}
