/// One channel of a tensor: height * width floats, row-major, without gaps.
package typealias Plane = UnsafePointer<Float>
package typealias MutablePlane = UnsafeMutablePointer<Float>

/// The memory rule that every kernel relies on.
///
/// For every plane (or row, or flat array) of `n` floats that a kernel *reads*, the addresses from
/// `-PlaneGuard.floats` up to `n + PlaneGuard.floats` must be readable. What is there does not matter (a neighbouring
/// plane is fine, so the planes of one tensor may lie back to back, and only the ends of an allocation need real
/// guards): it never reaches a result.
///
/// Kernels *write* exactly the range that they were asked for, never a float beyond it, so that threads may split one
/// plane. 64-byte alignment of planes is faster; it is not required.
package enum PlaneGuard {
    package static var floats: Int { 64 }
}
