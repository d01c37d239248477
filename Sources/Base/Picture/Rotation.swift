/// How far a camera's pictures are turned clockwise so that they stand upright; the raw value is in degrees.
package enum Rotation: Int, Sendable, Equatable { case none = 0, right = 90, half = 180, left = 270 }
