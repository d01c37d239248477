/// Small ONNX models in a few lines, for what no exporter writes.
struct ONNXBuilder {
    private var graph: [UInt8] = []
    var opset = 13

    /// Sides of -1 are left open.
    mutating func input(_ name: String, _ shape: [Int], type: Int = 1) {
        graph += Wire.bytes(11, Self.info(name, shape, type))
    }

    mutating func output(_ name: String) { graph += Wire.bytes(12, Self.info(name, nil, 1)) }

    private static func info(_ name: String, _ shape: [Int]?, _ type: Int) -> [UInt8] {
        let sides = shape?.flatMap { Wire.bytes(1, $0 < 0 ? Wire.text(2, "open") : Wire.varint(1, $0)) }
        let tensor = Wire.varint(1, type) + (sides.map { Wire.bytes(2, $0) } ?? [])
        return Wire.text(1, name) + Wire.bytes(2, Wire.bytes(1, tensor))
    }

    mutating func floats(_ name: String, _ shape: [Int], _ values: [Float]) {
        tensor(name, shape, type: 1, raw: values.flatMap { Wire.little($0.bitPattern) })
    }

    mutating func integers(_ name: String, _ values: [Int]) {
        tensor(name, [values.count], type: 7, raw: values.flatMap { Wire.little(Int64($0)) })
    }

    mutating func tensor(_ name: String, _ shape: [Int], type: Int, raw: [UInt8], extra: [UInt8] = []) {
        tensor(name, shape, type: type, data: Wire.bytes(9, raw) + extra)
    }

    /// `data`: the fields of TensorProto that hold the numbers.
    mutating func tensor(_ name: String, _ shape: [Int], type: Int, data: [UInt8]) {
        let sides = shape.flatMap { Wire.varint(1, $0) }
        graph += Wire.bytes(5, sides + Wire.varint(2, type) + Wire.text(8, name) + data)
    }

    enum Attribute {
        case int(Int), ints([Int]), float(Float), text(String)
    }

    mutating func node(
        _ type: String, _ inputs: [String], _ outputs: [String], _ attributes: [String: Attribute] = [:],
        name: String = ""
    ) {
        var node = inputs.flatMap { Wire.text(1, $0) } + outputs.flatMap { Wire.text(2, $0) }
        node += Wire.text(3, name) + Wire.text(4, type)
        for (key, value) in attributes {
            var attribute = Wire.text(1, key)
            switch value {
            case .int(let number): attribute += Wire.varint(3, number) + Wire.varint(20, 2)
            case .ints(let list): attribute += list.flatMap { Wire.varint(8, $0) } + Wire.varint(20, 7)
            case .float(let number): attribute += Wire.float(2, number) + Wire.varint(20, 1)
            case .text(let text): attribute += Wire.text(4, text) + Wire.varint(20, 3)
            }
            node += Wire.bytes(5, attribute)
        }
        graph += Wire.bytes(1, node)
    }

    var file: [UInt8] { Wire.varint(1, 8) + Wire.bytes(8, Wire.varint(2, opset)) + Wire.bytes(7, graph) }
}
