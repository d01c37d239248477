package import Base

/// Who and what comes by: visits of people, pets and packages, and samples of what the network was unsure about.
package struct ConnectedHomeAnalyzer: Analyzer {
    /// As at the start of the session.
    private let fresh: VisitRules
    private var visits: VisitRules
    private let why: (any WhyListening)?
    private var notes: WhyNotes
    private var chooser = SampleChooser()

    package init?(_ processor: ActiveProcessor, _ tools: AnalyzerTools) {
        guard processor.settings.connectedHome != nil else { return nil }
        fresh = VisitRules(
            camera: processor.camera, processor: processor.name, sessionID: processor.sessionID, makeID: tools.makeID)
        visits = fresh
        why = tools.why
        notes = WhyNotes(processor, tools)
    }

    package var isFollowing: Bool { visits.isFollowing }

    package func standing(at box: NormalizedBox) -> (visit: String?, strongerLabel: Label?)? {
        visits.sights.first { $0.detection.box == box }.map { ($0.visit, $0.strongerLabel) }
    }

    package mutating func analyse(_ facts: LookFacts, for processor: ActiveProcessor) -> Findings {
        guard let plan = processor.settings.connectedHome else { return Findings() }
        var findings = Findings()
        findings.events = visits.advance(
            detections: facts.visitors, at: facts.at, plan: plan, revision: processor.settings.revision)
        for object in facts.learned { findings.events += visits.absorb(object, at: facts.at) }
        if let why {
            why.note(
                notes.note(
                    visits.sights, findings.events, facts, plan: plan, revision: processor.settings.revision))
        }
        if processor.dataSharingOptIn {
            findings.sample = chooser.choose(facts.visitors + facts.still, labels: plan.labels, at: facts.at)
        }
        return findings
    }

    /// What was chosen as a sample stays known: it is not shown again because the camera was away for a moment.
    package mutating func endAll(_ reason: Event.EndReason, at time: MonotonicTime) -> [Event] {
        let events = visits.endAll(reason: reason, at: time)
        visits = fresh
        why?.note(notes.endAll(events, at: time))
        return events
    }
}
