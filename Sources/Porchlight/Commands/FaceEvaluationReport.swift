import Base
import Evaluate

/// What `evaluate --faces` prints. All figures are percent.
struct FaceEvaluationReport {
    let folder: String
    let detector: String
    /// Name, version and digest.
    let embedder: String
    let pictures: Int
    /// Pictures without a face that a vector could be made of.
    let faceless: Int
    /// For one picture, from the file to the vector.
    let milliseconds: Double
    let protocols: [(name: String, result: FaceVerification)]
    let naming: FaceNaming?

    var text: String {
        let rows = protocols.map { name, result in
            [
                name, "\(result.pairs)", "\(Self.percent(result.accuracy)) ± \(Self.percent(result.deviation))",
                Self.decimals(result.threshold, 3), result.trueAccepts.map(Self.percent) ?? "-", "\(result.missed)",
            ]
        }
        let head = ["", "pairs", "accuracy", "cosine", "true accepts at 0.1 % false", "without a face"]
        return
            ([
                "\(detector), \(embedder) on \(folder), \(pictures) pictures, \(Self.decimals(milliseconds, 1)) ms each",
                "",
            ]
            + TextTable.lines([head] + rows, rightFrom: 1) + strangers).joined(separator: "\n")
    }

    private var strangers: [String] {
        guard let found = naming else { return [] }
        let (all, several, known) = (found.strangerVisits, found.strangerVisitsOfSeveral, found.knownVisits)
        return [
            "",
            "Strangers against \(found.references) people at a similarity of \(Int(found.similarity)): \(found.named) of "
                + "\(found.strangers) are like somebody by their first picture; the vote of a visit names \(all.other) of "
                + "them, \(several.other) of the \(several.count) with several pictures.",
            "Of \(known.count) visits of these people with other pictures the vote names \(known.own) rightly and "
                + "\(known.other) wrongly.",
        ]
    }

    var json: String {
        var members: [String: JSONValue] = [
            "faces": .string(folder), "detector": .string(detector), "embedder": .string(embedder),
            "pictures": .integer(Int64(pictures)), "withoutFace": .integer(Int64(faceless)),
            "milliseconds": .number(milliseconds),
            "protocols": .array(
                protocols.map { name, result in
                    [
                        "name": .string(name), "pairs": .integer(Int64(result.pairs)),
                        "accuracy": Optional(result.accuracy).json, "deviation": Optional(result.deviation).json,
                        "cosine": .number(result.threshold), "trueAcceptsAt0.1": result.trueAccepts.json,
                        "missed": .integer(Int64(result.missed)),
                    ]
                }),
        ]
        if let found = naming {
            members["naming"] = [
                "references": .integer(Int64(found.references)), "similarity": .number(found.similarity),
                "strangers": .integer(Int64(found.strangers)), "named": .integer(Int64(found.named)),
                "strangerVisits": found.strangerVisits.json,
                "strangerVisitsOfSeveral": found.strangerVisitsOfSeveral.json, "knownVisits": found.knownVisits.json,
            ]
        }
        return String(decoding: JSONValue.object(members).jsonBytes, as: UTF8.self)
    }

    private static func percent(_ ratio: Double) -> String { decimals(ratio * 100, 2) }

    private static func decimals(_ number: Double, _ count: Int) -> String {
        let factor = count == 1 ? 10.0 : count == 2 ? 100 : 1000
        let whole = Int((abs(number) * factor).rounded()), unit = Int(factor)
        let rest = String(whole % unit)
        return "\(number < 0 ? "-" : "")\(whole / unit).\(String(repeating: "0", count: count - rest.count))\(rest)"
    }
}

extension FaceNaming.Visits {
    fileprivate var json: JSONValue {
        ["visits": .integer(Int64(count)), "own": .integer(Int64(own)), "other": .integer(Int64(other))]
    }
}
