import Base
import Evaluate

/// What `evaluate --clips` prints.
struct ClipReport {
    /// One clip, compared.
    struct Row {
        let clip: ClipTruths.Clip
        let outcome: ClipPlayer.Outcome
        let scores: [ClipScore]
    }

    let network: Network
    let folder: String
    let rows: [Row]
    /// Files beside them of which nothing is said.
    let unnamed: [String]

    private var totals: [ClipScore] {
        let all = rows.flatMap(\.scores)
        return Label.allCases.filter { label in all.contains { $0.label == label } }.map { ClipScore.sum(all, of: $0) }
    }

    // MARK: - For people

    var text: String {
        let head = ["clip", "label", "there", "told", "found", "missed", "by nobody"]
        let clips = rows.flatMap { row in row.scores.map { cells(row.clip.fileName, $0) } }
        let sums = totals.map { cells("all", $0) }
        return
            (["\(network.summary) on \(rows.count) clips in \(folder)", ""]
            + TextTable.lines([head] + clips + sums, rightFrom: 2) + [""] + visitLines + notes)
            .joined(separator: "\n")
    }

    private func cells(_ name: String, _ score: ClipScore) -> [String] {
        [name, score.label.rawValue]
            + [score.expected, score.seen, score.found, score.missed, score.byNobody].map { "\($0)" }
    }

    private var visitLines: [String] {
        let visits = rows.flatMap { row in row.outcome.visits.map { (row.clip.fileName, $0) } }
        return (visits.isEmpty ? ["No visit was told."] : ["Told:"])
            + visits.map { name, visit in
                "  \(name): \(visit.label.rawValue) \(visit.confidence.percent.tenths) % from "
                    + "\(visit.span.lowerBound.tenths) to \(visit.span.upperBound.tenths) s"
            }
    }

    private var notes: [String] {
        let damaged = rows.filter { $0.outcome.corrupt > 0 }.map {
            "\($0.clip.fileName): \($0.outcome.corrupt) pictures are damaged and were passed over."
        }
        guard !unnamed.isEmpty else { return damaged }
        let names = unnamed.prefix(5).joined(separator: ", ") + (unnamed.count > 5 ? ", …" : "")
        return damaged + ["Not in truth.json and not played: \(names)"]
    }

    // MARK: - For programs

    var json: String {
        let report: JSONValue = [
            "model": .string(network.name), "clips": .array(rows.map(\.json)), "totals": .array(totals.map(\.json)),
            "unnamed": .array(unnamed.map { .string($0) }),
        ]
        return String(decoding: report.jsonBytes, as: UTF8.self)
    }
}

extension ClipReport.Row {
    fileprivate var json: JSONValue {
        [
            "name": .string(clip.fileName), "pictures": .integer(Int64(outcome.pictures)),
            "looks": .integer(Int64(outcome.looks)), "corrupt": .integer(Int64(clamping: outcome.corrupt)),
            "labels": .array(scores.map(\.json)),
            "visits": .array(
                outcome.visits.map { visit in
                    [
                        "label": .string(visit.label.rawValue), "from": .number(visit.span.lowerBound),
                        "to": .number(visit.span.upperBound), "confidence": .number(visit.confidence.percent.tenths),
                    ]
                }),
        ]
    }
}

extension ClipScore {
    fileprivate var json: JSONValue {
        [
            "label": .string(label.rawValue), "there": .integer(Int64(expected)), "told": .integer(Int64(seen)),
            "found": .integer(Int64(found)), "missed": .integer(Int64(missed)), "byNobody": .integer(Int64(byNobody)),
        ]
    }
}
