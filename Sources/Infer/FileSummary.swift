/// What a network's file holds, as it stands there: before anything is planned.
package struct FileSummary: Sendable, Equatable {
    /// An input or output: its name, what its numbers are, and its sides; nil sides are open, and so are nil shapes.
    package struct Terminal: Sendable, Equatable {
        package let name: String
        /// As ONNX calls it: `float`, `uint8`, `float16`, …
        package let type: String
        package let sides: [Int?]?
    }

    /// An operator, in how many nodes it occurs, and whether the engine has it.
    package struct OperatorUse: Sendable, Equatable {
        package let name: String
        package let count: Int
        package let isSupported: Bool
    }

    package let operatorSet: Int
    /// Of the file and those beside it.
    package let bytes: Int
    package let inputs: [Terminal]
    package let outputs: [Terminal]
    /// The most frequent one first.
    package let operators: [OperatorUse]

    init(_ graph: Graph, operatorSet: Int, bytes: Int) {
        self.operatorSet = operatorSet
        self.bytes = bytes
        inputs = graph.inputs.map(Self.terminal)
        outputs = graph.outputs.map(Self.terminal)
        var counts: [String: Int] = [:]
        for node in graph.nodes { counts[node.type, default: 0] += 1 }
        operators = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map {
            OperatorUse(name: $0.key, count: $0.value, isSupported: OperatorTable.byName[$0.key] != nil)
        }
    }

    /// TensorProto.DataType.
    private static let typeNames = [
        1: "float", 2: "uint8", 3: "int8", 4: "uint16", 5: "int16", 6: "int32", 7: "int64", 8: "string", 9: "bool",
        10: "float16", 11: "double", 12: "uint32", 13: "uint64", 16: "bfloat16",
    ]

    private static func terminal(_ info: ValueInfo) -> Terminal {
        Terminal(name: info.name, type: typeNames[info.type] ?? "type \(info.type)", sides: info.shape)
    }
}
