package import Base

/// Compares detections with the truth, picture by picture, and says how good the model is.
///
/// Compared are the classes that both model and data set know. A picture counts for a class when all its objects of the
/// class are marked, and for a label when those of all its classes are; inside a label classes are not told apart.
package struct Evaluation {
    /// Of one picture, over all classes, the surest: COCO's `maxDets`.
    package static let mostDetections = 100
    /// Objects and detections below this share of the picture are small.
    package static let smallArea = 0.01
    /// The weakest detections whose promise is checked.
    package static let reliableFrom: Float = 0.05
    /// Names of pictures with false alarms that are told.
    package static let mostNames = 20

    /// One class or one label.
    private struct Series {
        let name: String
        /// Indexes into the data set's classes.
        let classes: Set<Int>
        var all = Tally()
        var small = Tally()
        var bySource: [String: Tally] = [:]

        /// `numbers`: class name -> index.
        mutating func add(_ detections: [Detection], _ picture: Dataset.Picture, _ numbers: [String: Int]) {
            guard classes.isSubset(of: picture.annotatedClasses) else { return }
            let found = detections.filter { numbers[$0.className].map(classes.contains) ?? false }
            let there = picture.truths.filter { classes.contains($0.classIndex) }
            func isLarge(_ box: NormalizedBox) -> Bool { box.area >= Evaluation.smallArea }
            let step = Tally.Step(
                found.map { Matching.Guess(confidence: $0.confidence.value, box: $0.box) },
                there.map { Matching.Target(box: $0.box, isCrowd: $0.isCrowd, isIgnored: $0.isCrowd) })
            all.add(step)
            if let source = picture.source { bySource[source, default: Tally()].add(step) }
            small.add(
                Tally.Step(
                    found.map {
                        Matching.Guess(confidence: $0.confidence.value, box: $0.box, mayMiss: isLarge($0.box))
                    },
                    there.map {
                        Matching.Target(box: $0.box, isCrowd: $0.isCrowd, isIgnored: $0.isCrowd || isLarge($0.box))
                    }))
        }
    }

    private let dataset: Dataset
    private let minConfidence: Confidence
    private let compared: [String: Int]
    private var classes: [Series]
    private var labels: [(label: Label, series: Series)]
    private var falseAlarms: [FalseAlarms.Alarm] = []
    private var emptyPictures = 0
    private var sources: [String: SourcePictures] = [:]

    /// What the pictures of a source have in common.
    private struct SourcePictures {
        var all = 0
        var empty = 0
        var alarms = 0
    }

    /// - Parameters:
    ///   - model: what the model finds, by class name.
    ///   - minConfidence: from here on a detection is told to people.
    /// - Throws: `EvaluateError.nothingInCommon`.
    package init(
        of model: [String: Label], on dataset: Dataset, minConfidence: Confidence = .half
    ) throws(EvaluateError) {
        let shared = dataset.classNames.enumerated().filter { model[$0.element] != nil }
        guard !shared.isEmpty else {
            throw .nothingInCommon(dataset: dataset.classNames, model: model.keys.sorted())
        }
        self.dataset = dataset
        self.minConfidence = minConfidence
        compared = Dictionary(shared.map { ($0.element, $0.offset) }, uniquingKeysWith: { first, _ in first })
        classes = shared.map { Series(name: $0.element, classes: [$0.offset]) }
        labels = Label.allCases.compactMap { label in
            let own = shared.filter { model[$0.element] == label }.map(\.offset)
            return own.isEmpty ? nil : (label, Series(name: label.rawValue, classes: Set(own)))
        }
    }

    /// Adds what the model saw in one of the data set's pictures, in any order.
    package mutating func add(_ detections: [Detection], in picture: Dataset.Picture) {
        let ranked = detections.enumerated().sorted {
            ($0.element.confidence.value, $1.offset) > ($1.element.confidence.value, $0.offset)
        }
        let surest = ranked.prefix(Self.mostDetections).map(\.element)
        for index in classes.indices { classes[index].add(surest, picture, compared) }
        for index in labels.indices { labels[index].series.add(surest, picture, compared) }
        let isAlarm = noteFalseAlarm(surest, picture)
        guard let source = picture.source else { return }
        sources[source, default: SourcePictures()].all += 1
        sources[source]?.empty += isAlarm == nil ? 0 : 1
        sources[source]?.alarms += isAlarm == true ? 1 : 0
    }

    /// - Returns: whether something was seen in it though nothing is there; nil when the picture is not known to be empty.
    private mutating func noteFalseAlarm(_ detections: [Detection], _ picture: Dataset.Picture) -> Bool? {
        let all = Set(compared.values)
        guard all.isSubset(of: picture.annotatedClasses),
            !picture.truths.contains(where: { all.contains($0.classIndex) })
        else { return nil }
        emptyPictures += 1
        guard let surest = detections.first(where: { compared[$0.className] != nil }),
            surest.confidence >= minConfidence
        else { return false }
        falseAlarms.append(FalseAlarms.Alarm(fileName: picture.fileName, detection: surest))
        return true
    }

    /// The figures for the pictures so far.
    package var report: AccuracyReport {
        let worst = falseAlarms.enumerated().sorted {
            ($0.element.detection.confidence.value, $1.offset) > ($1.element.detection.confidence.value, $0.offset)
        }
        return AccuracyReport(
            minConfidence: minConfidence, classes: classes.map(row),
            labels: labels.map {
                LabelAccuracy(row: row($0.series), label: $0.label, reliability: reliability($0.series))
            },
            falseAlarms: FalseAlarms(
                count: falseAlarms.count, pictures: emptyPictures, worst: worst.prefix(Self.mostNames).map(\.element)),
            sources: sourceRows)
    }

    /// By name.
    private var sourceRows: [SourceAccuracy] {
        sources.sorted { $0.key < $1.key }.map { name, pictures in
            func figures(_ series: [Series]) -> [SourceAccuracy.Figure] {
                series.map { series in
                    let tally = series.bySource[name] ?? Tally()
                    return SourceAccuracy.Figure(
                        name: series.name, boxes: tally.boxes, averagePrecision: tally.averagePrecision(at: 0))
                }
            }
            return SourceAccuracy(
                name: name, pictures: pictures.all, classes: figures(classes), labels: figures(labels.map(\.series)),
                emptyPictures: pictures.empty, alarms: pictures.alarms)
        }
    }

    private func reliability(_ series: Series) -> Reliability { series.all.reliability(from: Self.reliableFrom) }

    private func row(_ series: Series) -> Accuracy {
        let told = series.all.recallAndPrecision(from: minConfidence.value)
        return Accuracy(
            name: series.name, pictures: series.all.pictures, boxes: series.all.boxes,
            averagePrecision: series.all.averagePrecision(at: 0),
            meanAveragePrecision: series.all.meanAveragePrecision, smallBoxes: series.small.boxes,
            smallAveragePrecision: series.small.averagePrecision(at: 0), recall: told.recall,
            precision: told.precision)
    }
}
