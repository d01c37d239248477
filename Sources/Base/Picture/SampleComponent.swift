/// Where the samples of one component (luma, a chroma, a colour) lie in a frame's planes.
package struct SampleComponent: Sendable, Equatable {
    package let plane: Int
    /// Bytes from the start of a row to the first sample, and from one sample to the next.
    package let offset: Int
    package let step: Int
    package let columns: Int
    package let rows: Int
    /// Frame pixels that one sample stands for, across and down. Chroma is taken to lie in their middle, as JPEG
    /// (JFIF 1.02) has it; MPEG's half-pixel shift is below what a detector can tell.
    package let pixelsAcross: Int
    package let pixelsDown: Int
}

extension PixelFormat {
    /// Y, U, V; or Y alone; or R, G, B.
    package func components(of size: PixelSize) -> [SampleComponent] {
        func make(_ plane: Int, _ offset: Int, _ step: Int, _ across: Int, _ down: Int) -> SampleComponent {
            SampleComponent(
                plane: plane, offset: offset, step: step, columns: (size.width + across - 1) / across,
                rows: (size.height + down - 1) / down, pixelsAcross: across, pixelsDown: down)
        }
        let luma = make(0, 0, 1, 1, 1)
        switch self {
        case .yuv420p: return [luma, make(1, 0, 1, 2, 2), make(2, 0, 1, 2, 2)]
        case .yuv422p: return [luma, make(1, 0, 1, 2, 1), make(2, 0, 1, 2, 1)]
        case .yuv444p: return [luma, make(1, 0, 1, 1, 1), make(2, 0, 1, 1, 1)]
        case .yuyv422: return [make(0, 0, 2, 1, 1), make(0, 1, 4, 2, 1), make(0, 3, 4, 2, 1)]
        case .nv12: return [luma, make(1, 0, 2, 2, 2), make(1, 1, 2, 2, 2)]
        case .gray8: return [luma]
        case .rgb24: return [make(0, 0, 3, 1, 1), make(0, 1, 3, 1, 1), make(0, 2, 3, 1, 1)]
        }
    }
}
