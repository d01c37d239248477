/// Integers that are known when the model is loaded. Bytes stay bytes: 8-bit weights take what they take in the file.
struct Integers: RandomAccessCollection, ExpressibleByArrayLiteral {
    private enum Storage {
        case wide([Int64])
        case bytes(FixedBytes<UInt8>)
        case signedBytes(FixedBytes<Int8>)
    }

    private let storage: Storage

    init(_ list: [Int64]) { storage = .wide(list) }
    init(_ list: FixedBytes<UInt8>) { storage = .bytes(list) }
    init(_ list: FixedBytes<Int8>) { storage = .signedBytes(list) }
    init(arrayLiteral list: Int64...) { storage = .wide(list) }

    /// What they take in memory.
    static func bytes(of type: ElementType) -> Int { type == .int8 || type == .uint8 || type == .bool ? 1 : 8 }

    var startIndex: Int { 0 }
    var endIndex: Int {
        switch storage {
        case .wide(let list): list.count
        case .bytes(let list): list.count
        case .signedBytes(let list): list.count
        }
    }

    subscript(index: Int) -> Int64 {
        switch storage {
        case .wide(let list): list[index]
        case .bytes(let list): Int64(list[index])
        case .signedBytes(let list): Int64(list[index])
        }
    }

    /// All as floats: those beyond 2²⁴ lose their last bits.
    /// - Parameter values: as many.
    func write(to values: UnsafeMutableBufferPointer<Float>) {
        switch storage {
        case .wide(let list): unsafe Self.write(list, values)
        case .bytes(let list): unsafe list.withNumbers { unsafe Self.write($0, values) }
        case .signedBytes(let list): unsafe list.withNumbers { unsafe Self.write($0, values) }
        }
    }

    private static func write(_ list: some Sequence<some BinaryInteger>, _ values: UnsafeMutableBufferPointer<Float>) {
        for (index, number) in list.enumerated() { unsafe values[index] = Float(number) }
    }

    /// All in the widest type: for what takes pieces of the list many times.
    var wide: [Int64] {
        switch storage {
        case .wide(let list): list
        case .bytes(let list): list.map { Int64($0) }
        case .signedBytes(let list): list.map { Int64($0) }
        }
    }

    /// The list itself, when it is one of signed bytes.
    var signedBytes: FixedBytes<Int8>? {
        if case .signedBytes(let list) = storage { list } else { nil }
    }
}
