/// How large a network's input may be that takes pictures in their own shape: a bound on its pixels, and the number that
/// its sides are multiples of (mostly the network's largest stride).
package struct PixelBudget: Sendable, Hashable, CustomStringConvertible {
    /// Pixels of an input at most.
    package let pixels: Int
    package let multipleOf: Int

    /// What `pixels` may be.
    package static let pixelCounts = 1024...(2048 * 2048)
    /// What `multipleOf` may be.
    package static let multiples = 8...256

    /// Nil when a number lies outside of its range, or when not even a square of `multipleOf` fits into `pixels`.
    package init?(pixels: Int, multipleOf: Int) {
        guard Self.pixelCounts.contains(pixels), Self.multiples.contains(multipleOf),
            multipleOf * multipleOf <= pixels
        else { return nil }
        self.pixels = pixels
        self.multipleOf = multipleOf
    }

    package var description: String { "at most \(pixels) pixels, sides multiples of \(multipleOf)" }

    /// The input in which a picture of size `picture` appears largest without losing its shape; of several the one with
    /// the fewest pixels. Both sides are multiples of `multipleOf`. With 123904 pixels and 32: 480x256 for 1280x720,
    /// 384x288 for 640x480, 256x480 for 720x1280, 352x352 for a square.
    package func inputShape(for picture: PixelSize) -> PixelSize {
        var best = Shape(width: multipleOf, height: multipleOf, for: picture)
        for width in stride(from: multipleOf, through: pixels / multipleOf, by: multipleOf) {
            let height = pixels / width / multipleOf * multipleOf
            let shape = Shape(width: width, height: height, for: picture).trimmed(to: multipleOf)
            if shape.isBetter(than: best) { best = shape }
        }
        // Sides beyond what a picture may have come from pictures thousands of times as long as wide.
        let most = PixelSize.largestSide / multipleOf * multipleOf
        return PixelSize(width: min(best.width, most), height: min(best.height, most)) ?? picture
    }
}

/// An input with the scale at which the picture fits into it: `numerator / denominator`.
private struct Shape {
    var width: Int
    var height: Int
    let picture: PixelSize

    init(width: Int, height: Int, for picture: PixelSize) {
        (self.width, self.height, self.picture) = (width, height, picture)
    }

    private var isBoundByWidth: Bool { width * picture.height <= height * picture.width }
    private var numerator: Int { isBoundByWidth ? width : height }
    private var denominator: Int { isBoundByWidth ? picture.width : picture.height }

    /// The smallest shape in which the picture is as large.
    func trimmed(to multiple: Int) -> Shape {
        func side(_ length: Int) -> Int {
            let unit = denominator * multiple
            return (numerator * length + unit - 1) / unit * multiple
        }
        return Shape(width: side(picture.width), height: side(picture.height), for: picture)
    }

    /// Exact: scales are compared as fractions. The products stay below 2⁴⁰.
    func isBetter(than other: Shape) -> Bool {
        let (mine, its) = (numerator * other.denominator, other.numerator * denominator)
        return mine == its ? width * height < other.width * other.height : mine > its
    }
}
