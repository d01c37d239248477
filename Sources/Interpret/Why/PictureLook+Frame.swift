package import Base

extension PictureLook {
    /// Points that are read of each cell, across and down.
    private static let points = 4

    /// What a part of a frame looks like.
    /// - Returns: nil for a part that lies outside the frame, is smaller than its cells, or too plain to be known again.
    package init?(of box: NormalizedBox, on frame: Frame) {
        let visible = box.clippedToFrame
        let (width, height) = (frame.size.width, frame.size.height)
        let (left, top) = (visible.left * Double(width), visible.top * Double(height))
        let (across, down) = (visible.width * Double(width), visible.height * Double(height))
        guard Int(across) >= Self.side, Int(down) >= Self.side,
            let luma = frame.format.components(of: frame.size).first
        else { return nil }
        let steps = Self.side * Self.points
        var cells = [Float](repeating: 0, count: Self.side * Self.side)
        unsafe frame.withPlane(luma.plane) { bytes, plane in
            for y in 0..<steps {
                let row = min(height - 1, Int(top + (Double(y) + 0.5) * down / Double(steps)))
                for x in 0..<steps {
                    let column = min(width - 1, Int(left + (Double(x) + 0.5) * across / Double(steps)))
                    let offset = row * plane.stride + luma.offset + column * luma.step
                    guard bytes.indices.contains(offset) else { continue }
                    cells[y / Self.points * Self.side + x / Self.points] += Float(unsafe bytes[offset])
                }
            }
        }
        let count = Float(Self.points * Self.points)
        self.init(luma: cells.map { $0 / count })
    }
}
