/// `output[m][i] = activation(bias[m] + initial[m][i] + sum over k of weight[m][k] * input[k][i]) + residual[m][i]`
///
/// The workhorse: a 1x1 convolution over lists of plane pointers, so Concat, Split, channel Slice and shuffle upstream
/// cost nothing. A dense K x K convolution is the same thing with one input pointer per tap (`TapLayout`). Outputs
/// must not overlap inputs or `residual`; `initial` may be the outputs themselves.
package struct PointwiseConvolution {
    /// K pointers.
    package var inputs: UnsafePointer<Plane>
    /// K: how many input planes (or taps) are summed; 0 is allowed.
    package var depth: Int
    /// M pointers.
    package var outputs: UnsafePointer<MutablePlane>
    /// M: how many output channels.
    package var channels: Int
    /// As written by `KernelTable.packPointwise` of the *same* table.
    package var weights: UnsafePointer<Float>
    /// M floats.
    package var bias: UnsafePointer<Float>
    /// M planes that are added before the activation, for example a residual in front of a ReLU.
    package var initial: UnsafePointer<Plane>?
    package var activation: Activation
    /// M floats, which leakyRelu reads in place of `activation.a`.
    package var slopes: UnsafePointer<Float>?
    /// M planes that are added after the activation, for example YOLOX's shortcut.
    package var residual: UnsafePointer<Plane>?

    /// For `convolveRows` only: pixels per output row, and how far one output row moves in the inputs and in the
    /// outputs (`initial` and `residual` move like the outputs).
    package var width = 0
    package var inputRowStep = 0
    package var outputRowStep = 0

    package init(
        inputs: UnsafePointer<Plane>, depth: Int, outputs: UnsafePointer<MutablePlane>, channels: Int,
        weights: UnsafePointer<Float>, bias: UnsafePointer<Float>, initial: UnsafePointer<Plane>? = nil,
        activation: Activation, slopes: UnsafePointer<Float>? = nil, residual: UnsafePointer<Plane>? = nil
    ) {
        self.inputs = inputs
        self.depth = depth
        self.outputs = outputs
        self.channels = channels
        self.weights = weights
        self.bias = bias
        self.initial = initial
        self.activation = activation
        self.slopes = slopes
        self.residual = residual
    }
}
