import Base
import Evaluate

/// What `evaluate` prints. All figures are percent.
struct EvaluateReport {
    let network: Network
    /// The file's path.
    let dataset: String
    let pictures: Int
    let accuracy: AccuracyReport

    // MARK: - For people

    var text: String {
        let sources = SourceTable(accuracy: accuracy)
        return
            ([["\(network.summary) on \(dataset), \(pictures) pictures", ""], table, [""], alarms]
            + (accuracy.sources.isEmpty ? [] : [[""], sources.lines]) + reliability)
            .flatMap { $0 }.joined(separator: "\n")
    }

    private var minConfidence: String { "\(Int(accuracy.minConfidence.percent.rounded())) %" }

    private var table: [String] {
        let head = ["", "pictures", "boxes", "AP50", "AP50-95", "small boxes", "small AP50", "recall", "precision"]
        let rows = (accuracy.classes + accuracy.labels.map(\.row)).map { row -> [String] in
            [row.name, "\(row.pictures)", "\(row.boxes)"]
                + [row.averagePrecision, row.meanAveragePrecision].map(\.shown) + ["\(row.smallBoxes)"]
                + [row.smallAveragePrecision, row.recall, row.precision].map(\.shown)
        }
        return TextTable.lines([head] + rows, rightFrom: 1) + [
            "Recall and precision are those from confidence \(minConfidence) on."
        ]
    }

    private var alarms: [String] {
        let found = accuracy.falseAlarms
        guard let ratio = found.ratio else { return ["False alarms: no picture is known to be empty."] }
        return [
            "False alarms from \(minConfidence) on: \(found.count) of \(found.pictures) empty pictures "
                + "(\(Optional(ratio).shown) %)"
        ]
            + found.worst.map {
                "  \($0.detection.confidence.percent.tenths) % \($0.detection.className): \($0.fileName)"
            }
    }

    private var reliability: [[String]] {
        accuracy.labels.map { label in
            let found = label.reliability
            guard found.expectedError != nil else { return ["", "Confidence of \(label.row.name): no detections"] }
            let bins = found.bins.filter { $0.count > 0 }.map { bin in
                ["\(Int((bin.from * 100).rounded())) %", "\(bin.count)", bin.meanConfidence.shown, bin.accuracy.shown]
            }
            let title =
                "Confidence of \(label.row.name): \(found.expectedError.shown) % off (expected calibration error)"
            return ["", title] + TextTable.lines([["from", "detections", "told", "right"]] + bins, rightFrom: 0)
        }
    }

    // MARK: - For programs

    var json: String {
        var report: [String: JSONValue] = [
            "model": .string(network.name), "dataset": .string(dataset), "pictures": .integer(Int64(pictures)),
            "minConfidence": .number(accuracy.minConfidence.percent.tenths),
            "classes": .array(accuracy.classes.map { .object($0.json) }),
            "labels": .array(
                accuracy.labels.map { label in
                    .object(label.row.json.merging(["calibration": label.reliability.json]) { _, new in new })
                }),
            "falseAlarms": accuracy.falseAlarms.json,
        ]
        if !accuracy.sources.isEmpty {
            report.merge(SourceTable(accuracy: accuracy).members) { _, new in new }
        }
        return String(decoding: JSONValue.object(report).jsonBytes, as: UTF8.self)
    }
}

extension Accuracy {
    fileprivate var json: [String: JSONValue] {
        [
            "name": .string(name), "pictures": .integer(Int64(pictures)), "boxes": .integer(Int64(boxes)),
            "ap50": averagePrecision.json, "ap50to95": meanAveragePrecision.json,
            "smallBoxes": .integer(Int64(smallBoxes)), "smallAp50": smallAveragePrecision.json,
            "recall": recall.json, "precision": precision.json,
        ]
    }
}

extension Reliability {
    fileprivate var json: JSONValue {
        [
            "detections": .integer(Int64(count)), "expectedError": expectedError.json,
            "bins": .array(
                bins.map { bin in
                    [
                        "from": .number(bin.from * 100), "detections": .integer(Int64(bin.count)),
                        "confidence": bin.meanConfidence.json, "right": bin.accuracy.json,
                    ]
                }),
        ]
    }
}

extension FalseAlarms {
    fileprivate var json: JSONValue {
        [
            "count": .integer(Int64(count)), "pictures": .integer(Int64(pictures)), "percent": ratio.json,
            "worst": .array(
                worst.map { alarm in
                    [
                        "file": .string(alarm.fileName), "label": .string(alarm.detection.label.rawValue),
                        "class": .string(alarm.detection.className),
                        "confidence": .number(alarm.detection.confidence.percent.tenths),
                    ]
                }),
        ]
    }
}

extension Double? {
    /// A ratio as percent with one decimal; a dash where there is none.
    var shown: String { map { "\(($0 * 100).tenths)" } ?? "-" }
    /// A ratio as percent with two decimals.
    var json: JSONValue { map { .number(($0 * 10_000).rounded() / 100) } ?? .null }
}
