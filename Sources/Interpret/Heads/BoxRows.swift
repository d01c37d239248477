import Base

/// The output of a YOLO that holds its boxes, one row for each, and what stands at the end of every row for other purposes.
struct BoxRows {
    let output: TensorShape
    /// Coefficients of masks or numbers of key points.
    let extraColumns: Int
}

extension NetworkShape {
    /// The strides of a YOLO's feature maps: the usual ones, those with a finer or a coarser map, and the small networks'.
    static let yoloStrides = [[8, 16, 32], [8, 16, 32, 64], [4, 8, 16, 32], [16, 32]]

    /// The output of three sides with the boxes. Prototypes of masks `[1, M, h, w]` may lie beside it: then the last M numbers
    /// of each row are their coefficients.
    /// - Parameter fits: whether sides may be the boxes', of an output whose rows end with so many extra numbers.
    func boxRows(fits: ([Int], _ extraColumns: Int) -> Bool) throws(Misfit) -> BoxRows {
        let prototypes = outputs.filter { $0.sides.count == 4 && $0.sides[0] == 1 && $0.sides[1] > 0 }
        let boxes = outputs.filter { $0.sides.count == 3 && $0.sides[0] == 1 && $0.sides.allSatisfy { $0 > 0 } }
        if outputs.count == 2, let masks = prototypes.first, let rows = boxes.first {
            return BoxRows(output: rows, extraColumns: masks.sides[1])
        }
        let extra = facts.keypointNumbers
        return BoxRows(output: try singleOutput(rank: 3) { fits($0, extra) }, extraColumns: extra)
    }

    /// Why `found` classes cannot be.
    func misfit(holding found: Int) -> Misfit {
        let who = manifest.classes == nil ? "the file's metadata names" : "the manifest names"
        return Misfit(reason: "holds \(found) classes, \(who) \(classCount ?? 0)")
    }
}
