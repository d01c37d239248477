/// How good a model is on the pictures of one source. A model that is good on the photographs of one place is often poor on
/// everybody else's: the mean over all pictures hides it.
package struct SourceAccuracy: Sendable, Equatable {
    /// Of one class or label.
    package struct Figure: Sendable, Equatable {
        package let name: String
        package let boxes: Int
        /// At an intersection over union of 0.5, 0...1; nil when the source has no such object.
        package let averagePrecision: Double?
    }

    package let name: String
    package let pictures: Int
    /// In the order of the report's classes, ...
    package let classes: [Figure]
    /// ... and of its labels.
    package let labels: [Figure]
    /// Pictures without anything that the model looks for, ...
    package let emptyPictures: Int
    /// ... and those of them in which it found something.
    package let alarms: Int

    /// 0...1; nil without empty pictures.
    package var alarmRatio: Double? { emptyPictures > 0 ? Double(alarms) / Double(emptyPictures) : nil }
}

/// One figure over all sources that have it; each source counts once, however many pictures it has.
package struct OverSources: Sendable, Equatable {
    package let mean: Double
    package let worst: Double
    /// Of several that are equally bad the first by name.
    package let worstSource: String

    /// - Parameter isGood: higher is better.
    /// - Returns: nil when no source has the figure.
    package init?(_ figures: [(source: String, value: Double?)], higherIsBetter isGood: Bool) {
        let known = figures.compactMap { figure in figure.value.map { (source: figure.source, value: $0) } }
        guard let mean = known.map(\.value).mean,
            let worst = known.min(by: { isGood ? $0.value < $1.value : $0.value > $1.value })
        else { return nil }
        self.mean = mean
        self.worst = worst.value
        worstSource = worst.source
    }
}

extension AccuracyReport {
    /// - Parameter figure: one of a source's.
    package func overSources(higherIsBetter isGood: Bool, _ figure: (SourceAccuracy) -> Double?) -> OverSources? {
        OverSources(sources.map { ($0.name, figure($0)) }, higherIsBetter: isGood)
    }
}
