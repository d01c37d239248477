/// TensorProto.DataType of onnx.proto, as far as this engine can hold it.
enum ElementType: Int, Equatable {
    case float = 1
    case uint8 = 2
    case int8 = 3
    case uint16 = 4
    case int16 = 5
    case int32 = 6
    case int64 = 7
    case bool = 9
    case float16 = 10
    case double = 11
    case uint32 = 12
    case uint64 = 13

    /// Kept as `Float` in memory.
    var isReal: Bool { self == .float || self == .float16 || self == .double }

    /// Whole numbers that the type holds, as far as 64 bits do; of truth values whatever fits a byte.
    var integers: ClosedRange<Int64> {
        switch self {
        case .uint8, .bool: 0...255
        case .int8: -128...127
        case .uint16: 0...65535
        case .int16: -32768...32767
        case .int32: Int64(Int32.min)...Int64(Int32.max)
        case .uint32: 0...Int64(UInt32.max)
        case .int64, .uint64, .float, .float16, .double: Int64.min...Int64.max
        }
    }

    /// Bytes of one element in `raw_data`.
    var bytes: Int {
        switch self {
        case .uint8, .int8, .bool: 1
        case .uint16, .int16, .float16: 2
        case .float, .int32, .uint32: 4
        case .int64, .uint64, .double: 8
        }
    }
}
