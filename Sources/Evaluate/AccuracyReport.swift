package import Base

/// How good a model is on a data set. All figures are in 0...1; nil where there is nothing that could be measured.
package struct AccuracyReport: Sendable, Equatable {
    /// Recall, precision and false alarms are those of detections from here on.
    package let minConfidence: Confidence
    /// In the order of the data set's categories.
    package let classes: [Accuracy]
    package let labels: [LabelAccuracy]
    package let falseAlarms: FalseAlarms
    /// By name; empty when no picture says where it comes from.
    package let sources: [SourceAccuracy]
}

/// One row of the table.
package struct Accuracy: Sendable, Equatable {
    /// A class or a label.
    package let name: String
    /// That count.
    package let pictures: Int
    package let boxes: Int
    /// At an intersection over union of 0.5, ...
    package let averagePrecision: Double?
    /// ... and the mean over 0.50, 0.55 … 0.95.
    package let meanAveragePrecision: Double?
    /// Boxes below 1 % of the picture, and the average precision at 0.5 over them.
    package let smallBoxes: Int
    package let smallAveragePrecision: Double?
    package let recall: Double?
    package let precision: Double?
}

/// A label, of whose confidence people read.
package struct LabelAccuracy: Sendable, Equatable {
    package let row: Accuracy
    package let label: Label
    package let reliability: Reliability
}

/// Pictures in which nothing is that the model looks for, and in which it found something.
package struct FalseAlarms: Sendable, Equatable {
    package struct Alarm: Sendable, Equatable {
        package let fileName: String
        /// The surest one.
        package let detection: Detection
    }

    package let count: Int
    /// Pictures without anything to be found.
    package let pictures: Int
    /// The surest first, at most 20.
    package let worst: [Alarm]

    /// Nil without such pictures.
    package var ratio: Double? { pictures > 0 ? Double(count) / Double(pictures) : nil }
}
