/// What a network wants to see: the contract between a model's manifest and the room that fills its input tensor.
package struct InputSpec: Sendable, Hashable {
    /// The order of the tensor's three planes.
    package enum ColorOrder: String, Sendable, CaseIterable {
        case rgb = "RGB"
        case bgr = "BGR"
    }

    /// How a frame of one shape gets into an input of another.
    package enum ResizeRule: String, Sendable, CaseIterable {
        /// Keeps the shape; the picture lies at the top left, the rest is padding.
        case letterboxTopLeft = "letterbox-top-left"
        /// Keeps the shape; the picture lies in the middle, padding on both sides.
        case letterboxCentered = "letterbox-centered"
        /// Fills the input; the shape is lost.
        case stretch
    }

    package var size: PixelSize
    package var colorOrder: ColorOrder
    /// In the order of the tensor's planes: input = (sample − mean) · scale, with samples in 0...255.
    package var mean: SIMD3<Float>
    package var scale: SIMD3<Float>
    package var resize: ResizeRule
    /// The sample that padding holds before mean and scale: 0...255.
    package var padValue: Float

    package init(
        size: PixelSize, colorOrder: ColorOrder, mean: SIMD3<Float> = .zero, scale: SIMD3<Float> = .one,
        resize: ResizeRule, padValue: Float = 0
    ) {
        self.size = size
        self.colorOrder = colorOrder
        self.mean = mean
        self.scale = scale
        self.resize = resize
        self.padValue = padValue
    }

    /// Floats in the input tensor `[1, 3, height, width]`.
    package var floatCount: Int { 3 * size.width * size.height }
}
