/// What a thing looked like at one place of its camera's picture.
package struct PlacedLook: Sendable, Equatable {
    /// The looks that are kept of one thing.
    package static let most = 16
    /// Boxes of one thing at one place overlap by this much, and of one that has moved on a little by that much.
    private static let (sameOverlap, nearOverlap) = (0.5, 0.3)
    /// The same picture in other light is this much alike; a person in front of it is not.
    private static let samePicture: Float = 0.9
    /// A thing that has moved a little is this much alike, each time by its own box; two people on one path seldom are.
    private static let sameThing: Float = 0.95

    package let box: NormalizedBox
    package let look: PictureLook

    package init(box: NormalizedBox, look: PictureLook) {
        self.box = box
        self.look = look
    }

    /// Whether the thing is seen here again.
    /// - Parameters:
    ///   - other: where something is now.
    ///   - now: what the picture looks like now at a box.
    package func isSeen(at other: NormalizedBox, now: (NormalizedBox) -> PictureLook?) -> Bool {
        let overlap = box.intersectionOverUnion(with: other)
        guard overlap >= Self.nearOverlap else { return false }
        if overlap >= Self.sameOverlap, let here = now(box), here.likeness(to: look) >= Self.samePicture { return true }
        return now(other).map { $0.likeness(to: look) >= Self.sameThing } ?? false
    }

    /// How little both have in common: 0 for one place and one picture, at most 3.
    package func distance(to other: PlacedLook) -> Double {
        2 - box.intersectionOverUnion(with: other.box) - Double(look.likeness(to: other.look))
    }
}

/// A thing that has looks.
package protocol LookKeeping {
    var lookCount: Int { get }
    /// Its first look alone is kept.
    mutating func forgetOtherLooks()
}

extension Array where Element: LookKeeping {
    /// Where all have more looks together than `most`, the first ones keep one look each. The oldest stand first.
    package mutating func boundLooks(to most: Int) {
        var count = reduce(0) { $0 + $1.lookCount }
        for index in indices where count > most && self[index].lookCount > 1 {
            count -= self[index].lookCount - 1
            self[index].forgetOtherLooks()
        }
    }
}

extension PlacedLook {
    /// `[left, top, width, height, "look"]`, the shortest form.
    package var json: JSONValue {
        let sides = [box.left, box.top, box.width, box.height].map {
            JSONValue.number(($0 * 10_000).rounded() / 10_000)
        }
        return .array(sides + [.string(look.hex)])
    }

    /// As `json` spells it; nil for anything else.
    package init?(_ json: JSONValue) {
        guard let row = json.array, row.count == 5, let left = row[0].double, let top = row[1].double,
            let width = row[2].double, let height = row[3].double,
            let box = NormalizedBox(left: left, top: top, width: width, height: height),
            let look = row[4].string.flatMap({ PictureLook(hex: $0) })
        else { return nil }
        self.init(box: box, look: look)
    }

    /// What `json[key]` has of them, at most `count`; what nobody understands is left out.
    package static func list(_ json: JSONValue?, most count: Int) -> [PlacedLook] {
        (json?.array ?? []).prefix(max(0, count)).compactMap { PlacedLook($0) }
    }
}
