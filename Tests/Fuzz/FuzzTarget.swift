import Glibc

/// One parser that reads what strangers send. A trap, a hang or a fault of memory is a finding; an error that is thrown
/// is none.
struct FuzzTarget: Sendable {
    let name: String
    let feed: @Sendable ([UInt8]) -> Void

    init(_ name: String, _ feed: @escaping @Sendable ([UInt8]) -> Void) {
        self.name = name
        self.feed = feed
    }

    /// One file in `Targets` and one row each; their seeds are made by `Tests/Fuzz/seeds.py`.
    static let all: [FuzzTarget] = [.json, .manifest, .http, .mqtt, .commands, .pictures, .onnx, .cbor]

    /// The one that the environment's FUZZ_TARGET names.
    static let chosen: FuzzTarget = {
        let name = environment("FUZZ_TARGET")
        guard let target = all.first(where: { $0.name == name }) else {
            preconditionFailure("FUZZ_TARGET is \"\(name)\"; known are \(all.map(\.name))")
        }
        return target
    }()

    private static func environment(_ name: String) -> String {
        // SAFETY: nobody changes the environment of this program.
        guard let value = unsafe getenv(name) else { return "" }
        return unsafe String(cString: value)
    }

    /// Numbers of a few bytes each in front of what is parsed choose the circumstances.
    static func split(_ bytes: [UInt8], head: Int) -> (head: [UInt8], rest: [UInt8]) {
        (
            Array(bytes.prefix(head)) + [UInt8](repeating: 0, count: max(0, head - bytes.count)),
            Array(bytes.dropFirst(head))
        )
    }
}

/// libFuzzer calls this for every input that it makes up.
@_cdecl("LLVMFuzzerTestOneInput")
func fuzzOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    // SAFETY: libFuzzer gives a buffer of `count` bytes that lives during the call.
    let bytes = unsafe [UInt8](UnsafeBufferPointer(start: start, count: count))
    FuzzTarget.chosen.feed(bytes)
    return 0
}
