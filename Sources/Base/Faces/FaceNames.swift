/// A collection of faces: 1–255 characters of `a-z A-Z 0-9 _ . -` (AWS's own rule).
package struct CollectionID: Sendable, Hashable, Comparable, Codable, CustomStringConvertible {
    package let text: String

    package init?(_ text: String) {
        guard (1...255).contains(text.utf8.count),
            text.utf8.allSatisfy({ $0.isNameCharacter || $0 == UInt8(ascii: ".") })
        else { return nil }
        self.text = text
    }

    package var description: String { text }
    package static func < (a: CollectionID, b: CollectionID) -> Bool { a.text < b.text }
}

/// A person of a collection, to whom faces are associated: 1–128 characters of `a-z A-Z 0-9 _ . - :` (AWS's own rule).
package struct FaceUserID: Sendable, Hashable, Comparable, Codable, CustomStringConvertible {
    package let text: String

    package init?(_ text: String) {
        guard (1...128).contains(text.utf8.count), text.utf8.allSatisfy(\.isFaceNameCharacter) else { return nil }
        self.text = text
    }

    package var description: String { text }
    package static func < (a: FaceUserID, b: FaceUserID) -> Bool { a.text < b.text }
}

/// What the owner calls a face, mostly a person's name: 1–255 characters of `a-z A-Z 0-9 _ . - :` (AWS's own rule).
package struct ExternalImageID: Sendable, Hashable, Codable, CustomStringConvertible {
    package let text: String

    package init?(_ text: String) {
        guard (1...255).contains(text.utf8.count), text.utf8.allSatisfy(\.isFaceNameCharacter) else { return nil }
        self.text = text
    }

    package var description: String { text }
}

extension UInt8 {
    fileprivate var isFaceNameCharacter: Bool {
        isNameCharacter || self == UInt8(ascii: ".") || self == UInt8(ascii: ":")
    }
}
