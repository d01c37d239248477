import KernelTypes

/// Pixels at the places that a grid names: https://onnx.ai/onnx/operators/onnx__GridSample.html
@safe final class GridSampleStep: Step {
    /// What lies beyond the picture.
    enum Border: String { case zeros, border, reflection }

    struct Rule {
        var isNearest: Bool
        /// -1 and 1 are the centres of the outer pixels, not their outer edges.
        var alignsCorners: Bool
        var border: Border
    }

    private let rule: Rule
    private let height: Int
    private let width: Int
    private let channels: Int
    private let pixels: Int
    private let pictures: Int
    private let from: MutablePlane
    private let grid: MutablePlane
    private let to: MutablePlane

    /// - Parameters:
    ///   - pixels: of one channel of the result.
    ///   - grid: x and y for each of them, from -1 to 1 within the picture.
    init(
        _ rule: Rule, height: Int, width: Int, channels: Int, pixels: Int, pictures: Int, from: MutablePlane,
        grid: MutablePlane, to: MutablePlane
    ) {
        self.rule = rule
        (self.height, self.width, self.channels) = (height, width, channels)
        (self.pixels, self.pictures) = (pixels, pictures)
        unsafe self.from = unsafe from
        unsafe self.grid = unsafe grid
        unsafe self.to = unsafe to
    }

    func run(_ part: Part) {
        part.split(pictures * pixels, grain: 16) { _, range in
            for place in range {
                let x = unsafe position(grid[2 * place], width), y = unsafe position(grid[2 * place + 1], height)
                let target = place / pixels * channels * pixels + place % pixels
                for channel in 0..<channels {
                    let plane = (place / pixels * channels + channel) * height * width
                    unsafe to[target + channel * pixels] = sample(plane, x, y)
                }
            }
        }
    }

    /// Where -1...1 lies in pixels; anything that is no number of a sane size lies far outside.
    private func position(_ place: Float, _ side: Int) -> Float {
        let half = Float(side) / 2
        let pixel = rule.alignsCorners ? (place + 1) / 2 * Float(side - 1) : (place + 1) * half - 0.5
        let inside = bordered(pixel, side)
        return inside.isFinite ? max(-1e6, min(1e7, inside)) : -1e6
    }

    private func bordered(_ pixel: Float, _ side: Int) -> Float {
        switch rule.border {
        case .zeros: return pixel
        case .border: return max(0, min(Float(side - 1), pixel))
        case .reflection:
            let (low, high): (Float, Float) = rule.alignsCorners ? (0, Float(side - 1)) : (-0.5, Float(side) - 0.5)
            let span = high - low
            guard span > 0 else { return 0 }
            let rest = (pixel - low).truncatingRemainder(dividingBy: 2 * span)
            let along = rest < 0 ? rest + 2 * span : rest
            return max(0, min(Float(side - 1), low + (along <= span ? along : 2 * span - along)))
        }
    }

    private func sample(_ plane: Int, _ x: Float, _ y: Float) -> Float {
        if rule.isNearest {
            return pixel(plane, Int(x.rounded(.toNearestOrEven)), Int(y.rounded(.toNearestOrEven)))
        }
        let (left, top) = (Int(x.rounded(.down)), Int(y.rounded(.down)))
        let (right, low) = (x - Float(left), y - Float(top))
        let above = pixel(plane, left, top) * (1 - right) + pixel(plane, left + 1, top) * right
        let below = pixel(plane, left, top + 1) * (1 - right) + pixel(plane, left + 1, top + 1) * right
        return above * (1 - low) + below * low
    }

    /// 0 beyond the picture; with the other borders only places with no weight lie there.
    private func pixel(_ plane: Int, _ x: Int, _ y: Int) -> Float {
        guard x >= 0, x < width, y >= 0, y < height else { return 0 }
        // SAFETY: inside of the plane.
        return unsafe from[plane + y * width + x]
    }
}
