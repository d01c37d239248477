@Sendable func scalarMaxPool(
    _ input: Plane, _ output: MutablePlane, _ window: Window, _ rowBegin: Int, _ rowEnd: Int, _ scratch: MutablePlane
) {
    for y in rowBegin..<max(rowBegin, rowEnd) {
        for x in 0..<window.outputWidth {
            var largest = -Float.infinity
            scalarWindow(window, y, x) { _, pixel in if input[pixel] > largest { largest = input[pixel] } }
            output[y * window.outputWidth + x] = largest
        }
    }
}

@Sendable func scalarAveragePool(
    _ input: Plane, _ output: MutablePlane, _ window: Window, _ rowBegin: Int, _ rowEnd: Int, _ countsPadding: Bool
) {
    for y in rowBegin..<max(rowBegin, rowEnd) {
        for x in 0..<window.outputWidth {
            var sum: Float = 0, count: Float = 0
            scalarWindow(window, y, x) { _, pixel in
                sum += input[pixel]
                count += 1
            }
            if countsPadding { count = Float(window.kernelHeight * window.kernelWidth) }
            output[y * window.outputWidth + x] = count > 0 ? sum / count : 0
        }
    }
}

@Sendable func scalarUpsampleNearest(
    _ input: Plane, _ inputWidth: Int, _ factorY: Int, _ factorX: Int, _ output: MutablePlane, _ rowBegin: Int,
    _ rowEnd: Int
) {
    let width = inputWidth * factorX
    for y in rowBegin..<max(rowBegin, rowEnd) {
        for x in 0..<width { output[y * width + x] = input[y / factorY * inputWidth + x / factorX] }
    }
}

@Sendable func scalarBilinearRow(
    _ top: Plane, _ bottom: Plane, _ weight: Float, _ columns: BilinearColumns, _ output: MutablePlane
) {
    for x in 0..<columns.count {
        let left = Int(columns.left[x]), right = Int(columns.right[x])
        let a = top[left] + (bottom[left] - top[left]) * weight
        let b = top[right] + (bottom[right] - top[right]) * weight
        output[x] = a + (b - a) * columns.weight[x]
    }
}

@Sendable func scalarInterleave(
    _ planes: UnsafePointer<Plane>, _ channels: Int, _ begin: Int, _ end: Int, _ destination: MutablePlane,
    _ rowStep: Int
) {
    for pixel in begin..<max(begin, end) {
        for channel in 0..<channels { destination[pixel * rowStep + channel] = planes[channel][pixel] }
    }
}
