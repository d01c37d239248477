import Base
import Evaluate

/// The part of `evaluate`'s report that tells sources apart. All figures are percent.
struct SourceTable {
    let accuracy: AccuracyReport

    /// One column: a class or a label.
    private struct Column {
        let name: String
        let figure: (SourceAccuracy) -> Double?
    }

    private var classes: [Column] {
        accuracy.classes.indices.map { index in
            Column(name: accuracy.classes[index].name) { $0.classes[index].averagePrecision }
        }
    }

    private var labels: [Column] {
        accuracy.labels.indices.map { index in
            Column(name: accuracy.labels[index].row.name) { $0.labels[index].averagePrecision }
        }
    }

    private func overSources(_ column: Column) -> OverSources? {
        accuracy.overSources(higherIsBetter: true, column.figure)
    }

    private var alarms: OverSources? { accuracy.overSources(higherIsBetter: false, \.alarmRatio) }

    // MARK: - For people

    var lines: [String] {
        let columns = classes + labels
        let head = ["AP50 by source", "pictures"] + columns.map(\.name) + ["empty", "alarms %"]
        let rows = accuracy.sources.map { source in
            [source.name, "\(source.pictures)"] + columns.map { $0.figure(source).shown }
                + ["\(source.emptyPictures)", source.alarmRatio.shown]
        }
        let over = columns.map(overSources)
        func sum(_ name: String, _ figure: (OverSources) -> Double) -> [String] {
            [name, ""] + over.map { $0.map(figure).shown } + ["", alarms.map(figure).shown]
        }
        let sums = [sum("mean over sources") { $0.mean }, sum("worst source") { $0.worst }]
        return TextTable.lines([head] + rows + sums, rightFrom: 1) + [worstNames(zip(columns, over))]
    }

    private func worstNames(_ columns: Zip2Sequence<[Column], [OverSources?]>) -> String {
        let names = columns.compactMap { column, over in over.map { "\(column.name) \($0.worstSource)" } }
        return "Worst: " + (names + (alarms.map { ["alarms \($0.worstSource)"] } ?? [])).joined(separator: ", ")
    }

    // MARK: - For programs

    var members: [String: JSONValue] {
        func list(_ columns: [Column]) -> JSONValue {
            .array(
                columns.map { column in
                    let over = overSources(column)
                    return [
                        "name": .string(column.name), "mean": (over?.mean).json, "worst": (over?.worst).json,
                        "worstSource": over.map { .string($0.worstSource) } ?? .null,
                    ]
                })
        }
        return [
            "sources": .array(accuracy.sources.map(\.json)),
            "overSources": [
                "classes": list(classes), "labels": list(labels),
                "falseAlarms": [
                    "mean": (alarms?.mean).json, "worst": (alarms?.worst).json,
                    "worstSource": alarms.map { .string($0.worstSource) } ?? .null,
                ],
            ],
        ]
    }
}

extension SourceAccuracy {
    fileprivate var json: JSONValue {
        func list(_ figures: [Figure]) -> JSONValue {
            .array(
                figures.map { figure in
                    [
                        "name": .string(figure.name), "boxes": .integer(Int64(figure.boxes)),
                        "ap50": figure.averagePrecision.json,
                    ]
                })
        }
        return [
            "name": .string(name), "pictures": .integer(Int64(pictures)), "classes": list(classes),
            "labels": list(labels),
            "falseAlarms": [
                "count": .integer(Int64(alarms)), "pictures": .integer(Int64(emptyPictures)),
                "percent": alarmRatio.json,
            ],
        ]
    }
}
