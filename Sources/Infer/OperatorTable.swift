/// One ONNX operator: https://onnx.ai/onnx/operators/
protocol Operator: SendableMetatype {
    /// As ONNX spells it.
    static var name: String { get }

    /// Checks the node, says where the results lie, and emits the steps that make them.
    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value]
}

/// All operators that the engine has. To add one: a file in Operators/ and a row here.
enum OperatorTable {
    static let rows: [any Operator.Type] = [
        AbsOperator.self, AddOperator.self, ArgMaxOperator.self, AveragePoolOperator.self,
        BatchNormalizationOperator.self, CastOperator.self, CeilOperator.self, ClipOperator.self,
        ConcatOperator.self, ConstantOperator.self, ConstantOfShapeOperator.self, ConvOperator.self,
        ConvTransposeOperator.self, DivOperator.self, DropoutOperator.self, EluOperator.self, EqualOperator.self,
        ErfOperator.self, ExpOperator.self, ExpandOperator.self, FlattenOperator.self, FloorOperator.self,
        GatherOperator.self, GemmOperator.self, GlobalAveragePoolOperator.self, GlobalMaxPoolOperator.self,
        HardSigmoidOperator.self, HardSwishOperator.self, IdentityOperator.self, LeakyReluOperator.self,
        LogOperator.self, MatMulOperator.self, MaxOperator.self, MaxPoolOperator.self, MinOperator.self,
        MulOperator.self, NegOperator.self, PReluOperator.self, PadOperator.self, PowOperator.self,
        RangeOperator.self, ReciprocalOperator.self, ReduceMaxOperator.self, ReduceMeanOperator.self,
        ReduceMinOperator.self, ReduceProdOperator.self, ReduceSumOperator.self, ReluOperator.self,
        ReshapeOperator.self, ResizeOperator.self, RoundOperator.self, ShapeOperator.self, SigmoidOperator.self,
        SliceOperator.self, SoftmaxOperator.self, SoftplusOperator.self, SplitOperator.self, SqrtOperator.self,
        SqueezeOperator.self, SubOperator.self, SumOperator.self, TanhOperator.self, TileOperator.self,
        TransposeOperator.self, UnsqueezeOperator.self, UpsampleOperator.self, WhereOperator.self,
    ]

    static let byName: [String: any Operator.Type] = {
        var table: [String: any Operator.Type] = [:]
        for row in rows { table[row.name] = row }
        return table
    }()
}
