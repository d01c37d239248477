/// Why something that was followed was not told. The first that holds, in this order of the rules: what the scene says, then
/// labels, confidence, regions, looks.
package enum MissReason: Sendable, Equatable {
    /// The owner has said of this place and picture that it is nobody; the entry's id.
    case calledNobody(String)
    /// It has stood still for so long that it is a part of the scene.
    case background
    /// It has not moved since it is there.
    case nothingMoved
    /// The processor does not look for this label.
    case labelNotChosen
    /// Something of this label was at the same place, and more spoke for it.
    case strongerLabel(Label)
    /// No look was so sure as is wanted.
    case confidence(best: Confidence, wanted: Confidence)
    /// Never was so much of it inside a region as is wanted; shares 0...1.
    case region(best: Double, wanted: Double)
    /// Seen surely enough and in the right place, but in too few looks of so many in a row.
    case looks(seen: Int, wanted: Int, of: Int)

    /// The word for it in JSON.
    package var kind: String {
        switch self {
        case .calledNobody: "called_nobody"
        case .background: "background"
        case .nothingMoved: "nothing_moved"
        case .labelNotChosen: "label_not_chosen"
        case .strongerLabel: "stronger_label"
        case .confidence: "confidence"
        case .region: "region"
        case .looks: "looks"
        }
    }

    /// For people: a sentence with the figures.
    package var words: String {
        switch self {
        case .calledNobody: "You said that this is nobody."
        case .background: "It has stood still for so long that it is a part of the scene."
        case .nothingMoved: "Nothing moved there since it was first seen."
        case .labelNotChosen: "This label is not chosen."
        case .strongerLabel(let label): "More spoke for \(label.topic) at the same place."
        case .confidence(let best, let wanted):
            "Confidence \(Self.percent(best.percent)) of \(Self.percent(wanted.percent)) %."
        case .region(let best, let wanted):
            "\(Self.percent(best * 100)) % inside the region; more than \(Self.percent(wanted * 100)) % is wanted."
        case .looks(let seen, let wanted, let of): "Seen in \(seen) of \(wanted) looks (within \(of) in a row)."
        }
    }

    /// Rounded down: 49.9 of 50 is not 50 of 50.
    private static func percent(_ value: Double) -> String { String(Int(max(0, min(100, value + 1e-4)))) }

    /// `{"kind": "confidence", "best": 47, "wanted": 50, "words": "…"}`
    package var json: JSONValue {
        var members: [String: JSONValue] = ["kind": .string(kind), "words": .string(words)]
        switch self {
        case .calledNobody(let id): members["id"] = .string(id)
        case .background, .nothingMoved, .labelNotChosen: break
        case .strongerLabel(let label): members["label"] = .string(label.rawValue)
        case .confidence(let best, let wanted):
            members["best"] = .number(best.percent)
            members["wanted"] = .number(wanted.percent)
        case .region(let best, let wanted):
            members["best"] = .number(best * 100)
            members["wanted"] = .number(wanted * 100)
        case .looks(let seen, let wanted, let of):
            members["best"] = .integer(Int64(seen))
            members["wanted"] = .integer(Int64(wanted))
            members["of"] = .integer(Int64(of))
        }
        return .object(members)
    }

    /// As `json` spells it; nil for anything else.
    package init?(_ json: JSONValue) {
        let (best, wanted) = (json["best"]?.double, json["wanted"]?.double)
        switch json["kind"]?.string {
        case "called_nobody":
            guard let id = json["id"]?.string else { return nil }
            self = .calledNobody(id)
        case "background": self = .background
        case "nothing_moved": self = .nothingMoved
        case "label_not_chosen": self = .labelNotChosen
        case "stronger_label":
            guard let label = json["label"]?.string.flatMap(Label.init(rawValue:)) else { return nil }
            self = .strongerLabel(label)
        case "confidence":
            guard let best = best.flatMap(Confidence.init(percent:)),
                let wanted = wanted.flatMap(Confidence.init(percent:))
            else { return nil }
            self = .confidence(best: best, wanted: wanted)
        case "region":
            guard let best, let wanted, (0...100).contains(best), (0...100).contains(wanted) else { return nil }
            self = .region(best: best / 100, wanted: wanted / 100)
        case "looks":
            guard let seen = json["best"]?.int, let wanted = json["wanted"]?.int, let of = json["of"]?.int,
                [seen, wanted, of].allSatisfy({ (0...1000).contains($0) })
            else { return nil }
            self = .looks(seen: seen, wanted: wanted, of: of)
        default: return nil
        }
    }
}
