package import Base

/// What the `.json` beside a face embedder says about it. Nothing of it shows in the network itself.
package struct EmbedderManifest: Sendable, Equatable {
    /// What `"family"` says.
    package static let family = "face-embedder"

    /// At most 200 characters on one line.
    package let name: String
    /// At most 200 characters on one line.
    package let version: String
    package let template: FaceTemplate
    package let similarity: SimilarityCurve
    package let colorOrder: InputSpec.ColorOrder
    /// In the order of the tensor's planes; input = (sample − mean) · scale, samples 0...255.
    package let mean: SIMD3<Float>
    package let scale: SIMD3<Float>

    /// - Throws: `InterpretError.manifest` with every problem found.
    package init(checking json: JSONValue) throws(InterpretError) {
        var reader = ManifestReader()
        let top = reader.members(
            of: json, at: "$",
            known: ["family", "name", "version", "about", "license", "input", "alignment", "similarity"])
        let family = reader.string(top, "family", at: "$")
        if family != Self.family { reader.note("$.family", "must be \"\(Self.family)\"") }
        let name = reader.name(top["name"]), version = reader.name(top["version"], at: "$.version")
        if top["name"] == nil { reader.note("$.name", "is missing") }
        if top["version"] == nil { reader.note("$.version", "is missing") }
        let template = reader.template(top["alignment"])
        let similarity = reader.curve(top["similarity"])
        let input = reader.members(
            of: top["input"] ?? .object([:]), at: "$.input", known: ["width", "height", "colorOrder", "mean", "scale"])
        colorOrder = reader.word(input, "colorOrder", at: "$.input") ?? .bgr
        mean = reader.triple(input, "mean", at: "$.input") ?? .zero
        scale = reader.triple(input, "scale", at: "$.input") ?? .one
        guard reader.problems.isEmpty, let name, let version, let template, let similarity else {
            throw .manifest(problems: reader.problems)
        }
        (self.name, self.version, self.template, self.similarity) = (name, version, template, similarity)
    }

    /// The crop as the network wants it.
    /// - Parameter input: `[3, side, side]` of the network; nothing is written to one of another size.
    package func write(_ crop: FaceCrop, to input: UnsafeMutableBufferPointer<Float>) {
        guard let size = PixelSize(width: crop.side, height: crop.side) else { return }
        let spec = InputSpec(size: size, colorOrder: colorOrder, mean: mean, scale: scale, resize: .stretch)
        unsafe crop.write(to: input, as: spec)
    }
}

extension ManifestReader {
    /// Five pairs of ratios.
    fileprivate mutating func template(_ json: JSONValue?) -> FaceTemplate? {
        let points = (json?.array ?? []).compactMap { pair -> Point? in
            let numbers = (pair.array ?? []).compactMap(\.double)
            return numbers.count == 2 && pair.array?.count == 2 ? Point(x: numbers[0], y: numbers[1]) : nil
        }
        guard points.count == json?.array?.count, let template = FaceTemplate(points) else {
            note("$.alignment", "must be five points [x, y] in ratios of the side: eyes, nose, corners of the mouth")
            return nil
        }
        return template
    }

    fileprivate mutating func curve(_ json: JSONValue?) -> SimilarityCurve? {
        let members = members(of: json ?? .object([:]), at: "$.similarity", known: ["slope", "middle"])
        guard let slope = members["slope"]?.double, let middle = members["middle"]?.double,
            let curve = SimilarityCurve(slope: slope, middle: middle)
        else {
            note("$.similarity", "must have a slope above 0 and a middle in -1...1")
            return nil
        }
        return curve
    }
}
