/// How a sliding window (convolution or pool) moves over a plane: sizes in pixels.
///
/// Output pixel (y, x) sees input pixels `(y * strideY - padTop + ky * dilationY, x * strideX - padLeft + kx *
/// dilationX)`; those outside of the input are absent (zero for a convolution). Bottom and right padding follow from
/// the output size. Pads may be negative (a strip of rows in the middle of a plane).
package struct Window: Sendable, Equatable {
    package var inputHeight: Int
    package var inputWidth: Int
    package var outputHeight: Int
    package var outputWidth: Int
    package var kernelHeight: Int
    package var kernelWidth: Int
    package var strideY: Int
    package var strideX: Int
    package var padTop: Int
    package var padLeft: Int
    package var dilationY: Int
    package var dilationX: Int

    package init(
        inputHeight: Int, inputWidth: Int, outputHeight: Int, outputWidth: Int, kernelHeight: Int, kernelWidth: Int,
        strideY: Int = 1, strideX: Int = 1, padTop: Int = 0, padLeft: Int = 0, dilationY: Int = 1, dilationX: Int = 1
    ) {
        self.inputHeight = inputHeight
        self.inputWidth = inputWidth
        self.outputHeight = outputHeight
        self.outputWidth = outputWidth
        self.kernelHeight = kernelHeight
        self.kernelWidth = kernelWidth
        self.strideY = strideY
        self.strideX = strideX
        self.padTop = padTop
        self.padLeft = padLeft
        self.dilationY = dilationY
        self.dilationX = dilationX
    }
}

/// `output[c] = activation(bias[c] + window sum of weights[c] * input[c])`: one kernel per channel (ONNX group =
/// channels). Outputs must not overlap inputs.
package struct DepthwiseConvolution {
    /// One pointer per channel; the same for outputs.
    package var inputs: UnsafePointer<Plane>
    package var outputs: UnsafePointer<MutablePlane>
    /// `[channels][kernelHeight][kernelWidth]`, as in the model: nothing is packed.
    package var weights: UnsafePointer<Float>
    /// One float per channel.
    package var bias: UnsafePointer<Float>
    package var window: Window
    package var activation: Activation
    /// One float per channel, which leakyRelu reads in place of `activation.a`.
    package var slopes: UnsafePointer<Float>?

    package init(
        inputs: UnsafePointer<Plane>, outputs: UnsafePointer<MutablePlane>, weights: UnsafePointer<Float>,
        bias: UnsafePointer<Float>, window: Window, activation: Activation, slopes: UnsafePointer<Float>? = nil
    ) {
        self.inputs = inputs
        self.outputs = outputs
        self.weights = weights
        self.bias = bias
        self.window = window
        self.activation = activation
        self.slopes = slopes
    }
}

/// Where the taps of a dense convolution lie once an input plane has been spread: zero-padded, and with its columns
/// sorted by `column % strideX`, so that every tap of every output row is one contiguous run of pixels.
///
/// Use: for each input channel c, `KernelTable.spread` writes `channelFloats` floats at `scratch + c * channelFloats`;
/// the list of K = channels * kernelHeight * kernelWidth input pointers, in the model's weight order `[c][ky][kx]`, is
/// `scratch + c * channelFloats + offset(ky, kx)`; then `KernelTable.convolveRows` with `inputRowStep = rowStep`.
package struct TapLayout: Sendable, Equatable {
    package let window: Window
    /// Rows of a spread channel.
    package let rows: Int
    /// Column classes kept: the columns of class p are `p, p + strideX, ...`.
    package let phases: Int
    /// Floats from one row to the next within a class.
    package let pitch: Int

    package init(_ window: Window) {
        self.window = window
        let lastColumn = (window.kernelWidth - 1) * window.dilationX
        rows = (window.outputHeight - 1) * window.strideY + (window.kernelHeight - 1) * window.dilationY + 1
        phases = min(window.strideX, lastColumn + 1)
        pitch = window.outputWidth + lastColumn / window.strideX
    }

    package var channelFloats: Int { phases * rows * pitch }
    package var rowStep: Int { window.strideY * pitch }

    /// Of tap (ky, kx) for output pixel (0, 0), in floats from the start of the channel.
    package func offset(_ ky: Int, _ kx: Int) -> Int {
        let column = kx * window.dilationX
        return ((column % window.strideX) * rows + ky * window.dilationY) * pitch + column / window.strideX
    }
}
