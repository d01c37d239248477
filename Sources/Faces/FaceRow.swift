import Base

/// What a collection keeps in memory of a face beside its vector: 48 bytes, since there are thousands. Names are numbers of a
/// `NameTable`.
struct FaceRow: Sendable {
    let id: FaceID
    let imageID: FaceID
    /// 0: none.
    let externalImageID: UInt16
    /// 0: nobody's.
    var user: UInt16
    private let left: Int16
    private let top: Int16
    private let width: Int16
    private let height: Int16
    private let confidence: UInt16

    /// Steps of a box: a quarter of a pixel of a picture 4,096 wide, from -2 to 2.
    private static let steps = 16384.0

    init(_ face: IndexedFace, externalImageID: UInt16, user: UInt16) {
        id = face.id
        imageID = face.imageID
        self.externalImageID = externalImageID
        self.user = user
        (left, top) = (Self.packed(face.box.left), Self.packed(face.box.top))
        (width, height) = (Self.packed(face.box.width), Self.packed(face.box.height))
        confidence = UInt16((face.confidence.value * 65535).rounded())
    }

    var box: NormalizedBox {
        NormalizedBox(
            left: Double(left) / Self.steps, top: Double(top) / Self.steps,
            width: Double(max(0, width)) / Self.steps, height: Double(max(0, height)) / Self.steps) ?? .full
    }

    func face(externalImageID: ExternalImageID?, userID: FaceUserID?) -> IndexedFace {
        IndexedFace(
            id: id, imageID: imageID, externalImageID: externalImageID, userID: userID, box: box,
            confidence: Confidence(clamping: Float(confidence) / 65535))
    }

    private static func packed(_ ratio: Double) -> Int16 {
        Int16(max(-32768, min(32767, (ratio * steps).rounded())))
    }
}

/// Names by number, from 1; many faces have the same one.
struct NameTable<Name: Hashable & Sendable>: Sendable {
    private var names: [Name] = []
    private var numbers: [Name: UInt16] = [:]

    /// - Returns: nil when there are 65,535 names.
    mutating func number(of name: Name) -> UInt16? {
        if let number = numbers[name] { return number }
        guard let number = UInt16(exactly: names.count + 1) else { return nil }
        names.append(name)
        numbers[name] = number
        return number
    }

    func known(_ name: Name) -> UInt16? { numbers[name] }

    func name(_ number: UInt16) -> Name? {
        let index = Int(number) - 1
        return names.indices.contains(index) ? names[index] : nil
    }
}
