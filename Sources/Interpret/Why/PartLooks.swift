package import Base

/// What the parts of one frame look like, each worked out once, when somebody asks.
package struct PartLooks: Sendable {
    private let frame: Frame
    private var known: [NormalizedBox: PictureLook?] = [:]

    package init(of frame: Frame) { self.frame = frame }

    /// - Returns: nil for a part of which `PictureLook` has none.
    package mutating func at(_ box: NormalizedBox) -> PictureLook? {
        if let answer = known[box] { return answer }
        let answer = PictureLook(of: box, on: frame)
        known[box] = .some(answer)
        return answer
    }
}
