package import Base

/// A frame with what was found drawn on it: regions, boxes, labels with their percent.
package enum AnnotatedPicture {
    /// One box with its text.
    package struct Mark: Sendable, Equatable {
        package var label: Label
        package var confidence: Confidence
        package var box: NormalizedBox

        package init(label: Label, confidence: Confidence, box: NormalizedBox) {
            self.label = label
            self.confidence = confidence
            self.box = box
        }

        package init(_ detection: Detection) {
            self.init(label: detection.label, confidence: detection.confidence, box: detection.box)
        }

        package init(_ event: Event) {
            self.init(label: event.label, confidence: event.confidence, box: event.box)
        }

        /// `PERSON 87%`, rounded down so that 100 stays rare.
        var text: String { "\(label.rawValue) \(Int(confidence.percent))%" }
    }

    /// A new frame of format `yuv444p`, full range, ready for the JPEG encoder; nil when `pool` is empty.
    package static func draw(
        _ marks: [Mark], regions: [Region] = [], on frame: Frame, from pool: FramePool
    ) -> Frame? {
        var canvas = Canvas(frame)
        // About 3 pixels and text 1/35 of the height at 720p.
        let unit = max(1, min(frame.size.width, frame.size.height) / 240)
        for region in regions { outline(region, on: &canvas, thickness: unit) }
        for mark in marks.reversed() { draw(mark, on: &canvas, unit: unit) }
        return canvas.frame(from: pool, like: frame)
    }

    private static func color(of label: Label) -> Canvas.Color {
        switch label {
        case .person: Canvas.Color(red: 255, green: 150, blue: 20)
        case .pet: Canvas.Color(red: 40, green: 200, blue: 90)
        case .package: Canvas.Color(red: 70, green: 150, blue: 255)
        }
    }

    private static func draw(_ mark: Mark, on canvas: inout Canvas, unit: Int) {
        let color = color(of: mark.label)
        let (x, y) = pixels(of: mark.box, in: canvas.size)
        canvas.outline(x: x, y: y, thickness: unit, color)
        let height = (PixelFont.height + 4) * unit
        let width = (mark.text.count * PixelFont.advance + 3) * unit
        // Above the box where there is room, else inside it; never beyond the right edge.
        let top = y.lowerBound >= height ? y.lowerBound - height : y.lowerBound
        let left = max(0, min(x.lowerBound, canvas.size.width - width))
        canvas.fill(x: left..<(left + width), y: top..<(top + height), color)
        canvas.write(mark.text, x: left + 2 * unit, y: top + 2 * unit, scale: unit, .black)
    }

    private static func outline(_ region: Region, on canvas: inout Canvas, thickness: Int) {
        switch region {
        case .box(let box):
            let (x, y) = pixels(of: box, in: canvas.size)
            canvas.outline(x: x, y: y, thickness: thickness, .white)
        case .polygon(let polygon):
            guard var from = polygon.points.last.map({ pixel(of: $0, in: canvas.size) }) else { return }
            for point in polygon.points {
                let to = pixel(of: point, in: canvas.size)
                canvas.line(from: from, to: to, thickness: thickness, .white)
                from = to
            }
        }
    }

    /// Pixels that a box covers, cut at the frame, at least one.
    private static func pixels(of box: NormalizedBox, in size: PixelSize) -> (x: Range<Int>, y: Range<Int>) {
        func range(_ from: Double, _ to: Double, _ side: Int) -> Range<Int> {
            let first = Int(max(0, min(Double(side - 1), (from * Double(side)).rounded())))
            let end = Int(max(0, min(Double(side), (to * Double(side)).rounded())))
            return first..<max(first + 1, end)
        }
        return (range(box.left, box.right, size.width), range(box.top, box.bottom, size.height))
    }

    private static func pixel(of point: Point, in size: PixelSize) -> (x: Int, y: Int) {
        func place(_ ratio: Double, _ side: Int) -> Int {
            Int(max(0, min(Double(side - 1), (ratio * Double(side)).rounded())))
        }
        return (place(point.x, size.width), place(point.y, size.height))
    }
}
