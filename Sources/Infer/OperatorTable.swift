/// One ONNX operator: https://onnx.ai/onnx/operators/
protocol Operator: SendableMetatype {
    /// As ONNX spells it.
    static var name: String { get }
    /// Whether it has its own way with tensors that lie as bytes; the others get them as floats.
    static var takesBytes: Bool { get }

    /// Checks the node, says where the results lie, and emits the steps that make them.
    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value]
}

extension Operator {
    static var takesBytes: Bool { false }
}

/// All operators that the engine has. To add one: a file in Operators/ and a row here.
enum OperatorTable {
    static let rows: [any Operator.Type] = [
        AbsOperator.self, AcosOperator.self, AcoshOperator.self, AddOperator.self, AndOperator.self,
        ArgMaxOperator.self, ArgMinOperator.self, AsinOperator.self, AsinhOperator.self, AtanOperator.self,
        AtanhOperator.self, AveragePoolOperator.self, BatchNormalizationOperator.self, CastOperator.self,
        CeilOperator.self, CeluOperator.self, ClipOperator.self, ConcatOperator.self, ConstantOperator.self,
        ConstantOfShapeOperator.self, ConvOperator.self, ConvIntegerOperator.self, ConvTransposeOperator.self,
        CosOperator.self,
        CoshOperator.self, CumSumOperator.self, DepthToSpaceOperator.self, DequantizeLinearOperator.self,
        DivOperator.self, DropoutOperator.self, DynamicQuantizeLinearOperator.self, EinsumOperator.self,
        EluOperator.self, EqualOperator.self, ErfOperator.self,
        ExpOperator.self, ExpandOperator.self, EyeLikeOperator.self, FlattenOperator.self, FloorOperator.self,
        GatherOperator.self, GatherElementsOperator.self, GatherNDOperator.self, GeluOperator.self, GemmOperator.self,
        GlobalAveragePoolOperator.self, GlobalLpPoolOperator.self, GlobalMaxPoolOperator.self, GreaterOperator.self,
        GreaterOrEqualOperator.self, GridSampleOperator.self, GroupNormalizationOperator.self, HardSigmoidOperator.self,
        HardSwishOperator.self,
        IdentityOperator.self, InstanceNormalizationOperator.self, IsInfOperator.self, IsNaNOperator.self,
        LRNOperator.self, LSTMOperator.self, LayerNormalizationOperator.self, LeakyReluOperator.self, LessOperator.self,
        LessOrEqualOperator.self, LogOperator.self, LogSoftmaxOperator.self, LpNormalizationOperator.self,
        MatMulOperator.self, MatMulIntegerOperator.self, MaxOperator.self, MaxPoolOperator.self, MeanOperator.self,
        MeanVarianceNormalizationOperator.self, MinOperator.self, MishOperator.self, ModOperator.self, MulOperator.self,
        NegOperator.self, NonMaxSuppressionOperator.self, NotOperator.self, OneHotOperator.self, OrOperator.self,
        PReluOperator.self, PadOperator.self,
        PowOperator.self, QuantizeLinearOperator.self, RangeOperator.self, ReciprocalOperator.self,
        ReduceL1Operator.self, ReduceL2Operator.self, ReduceLogSumOperator.self, ReduceLogSumExpOperator.self,
        ReduceMaxOperator.self, ReduceMeanOperator.self, ReduceMinOperator.self, ReduceProdOperator.self,
        ReduceSumOperator.self, ReduceSumSquareOperator.self, ReluOperator.self, ReshapeOperator.self,
        ResizeOperator.self, RoundOperator.self, ScatterOperator.self, ScatterElementsOperator.self,
        ScatterNDOperator.self, SeluOperator.self, ShapeOperator.self, ShrinkOperator.self, SigmoidOperator.self,
        SignOperator.self, SinOperator.self, SinhOperator.self, SizeOperator.self, SliceOperator.self,
        SoftmaxOperator.self, SoftplusOperator.self, SoftsignOperator.self, SpaceToDepthOperator.self,
        SplitOperator.self, SqrtOperator.self, SqueezeOperator.self, SubOperator.self, SumOperator.self,
        TanOperator.self, TanhOperator.self, ThresholdedReluOperator.self, TileOperator.self, TopKOperator.self,
        TransposeOperator.self, TriluOperator.self, UnsqueezeOperator.self, UpsampleOperator.self, WhereOperator.self,
        XorOperator.self,
    ]

    static let byName: [String: any Operator.Type] = {
        var table: [String: any Operator.Type] = [:]
        for row in rows { table[row.name] = row }
        return table
    }()
}
