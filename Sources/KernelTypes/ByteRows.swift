/// Rows of signed bytes against one query of floats: how vectors are searched.
///
/// A row has `width` bytes, a multiple of `ByteRowKernels.widthStep`; rows lie back to back. No guards are needed.
package struct ByteRowKernels: Sendable {
    /// (query, width, packed): the query in the order in which `dot` takes it.
    package typealias PackQuery = @Sendable (Plane, Int, MutablePlane) -> Void
    /// (rows, width, count, packed query, sums): `sums[r] = Σ rows[r * width + i] * query[i]`
    package typealias Dot = @Sendable (UnsafePointer<Int8>, Int, Int, Plane, MutablePlane) -> Void

    package let packQuery: PackQuery
    package let dot: Dot

    /// Four bytes for each lane of the widest vector.
    package static var widthStep: Int { 64 }

    package init(packQuery: @escaping PackQuery, dot: @escaping Dot) {
        self.packQuery = packQuery
        self.dot = dot
    }
}
