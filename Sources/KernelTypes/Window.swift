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
///
/// With `joinsRows` each tap of a row has a copy of its own, without what other taps see beside it, and rows are sorted by
/// `row % strideY`: then a tap of *all* output pixels is one run, and `KernelTable.convolvePixels` serves. Narrow planes fill
/// whole vectors and tiles that way, for `kernelWidth` copies of each number.
package struct TapLayout: Sendable, Equatable {
    package let window: Window
    /// Rows of a spread channel.
    package let rows: Int
    package let joinsRows: Bool
    /// Column classes kept: the columns of class p are `p, p + strideX, ...`; with `joinsRows` one for each tap of a row.
    package let phases: Int
    /// The rows of each class of rows, of which only `joinsRows` has several, and of all of them.
    private let rowsPerClass: Int
    package let classRows: Int
    /// Floats from one row to the next within a class.
    package let pitch: Int

    package init(_ window: Window, joinsRows: Bool = false) {
        self.window = window
        self.joinsRows = joinsRows
        let lastColumn = (window.kernelWidth - 1) * window.dilationX
        rows = (window.outputHeight - 1) * window.strideY + (window.kernelHeight - 1) * window.dilationY + 1
        phases = joinsRows ? window.kernelWidth : min(window.strideX, lastColumn + 1)
        pitch = window.outputWidth + (joinsRows ? 0 : lastColumn / window.strideX)
        rowsPerClass = joinsRows ? (rows + window.strideY - 1) / window.strideY : rows
        classRows = joinsRows ? rowsPerClass * window.strideY : rows
    }

    package var channelFloats: Int { phases * classRows * pitch }
    package var rowStep: Int { joinsRows ? pitch : window.strideY * pitch }

    /// Which row of a phase holds a row of the padded input.
    package func place(ofRow row: Int) -> Int {
        joinsRows ? row % window.strideY * rowsPerClass + row / window.strideY : row
    }

    /// Of tap (ky, kx) for output pixel (0, 0), in floats from the start of the channel.
    package func offset(_ ky: Int, _ kx: Int) -> Int {
        let row = place(ofRow: ky * window.dilationY)
        if joinsRows { return (kx * classRows + row) * pitch }
        let column = kx * window.dilationX
        return ((column % window.strideX) * rows + row) * pitch + column / window.strideX
    }
}
