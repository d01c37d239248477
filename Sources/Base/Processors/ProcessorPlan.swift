/// What a processor is for: one of AWS's two families of settings.
package enum ProcessorPlan: Sendable, Equatable {
    /// Who and what comes by: visits.
    case connectedHome(ConnectedHomePlan)
    /// Whose face it is.
    case faceSearch(FaceSearchPlan)
}

/// `ConnectedHomeSettings`, in the form that the analysis uses.
package struct ConnectedHomePlan: Sendable, Equatable {
    /// As the caller wrote them: `PERSON`, `PET`, `PACKAGE`, `ALL`, at least one.
    package var labelNames: [String]
    /// `ALL` resolved by what the model can emit.
    package var labels: Set<Label>
    package var minConfidence: Confidence
    /// ORed; empty = the whole frame.
    package var regions: [Region]

    package static let defaultMinConfidence = Confidence.half

    package init(
        labelNames: [String], labels: Set<Label>, minConfidence: Confidence = defaultMinConfidence,
        regions: [Region] = []
    ) {
        self.labelNames = labelNames
        self.labels = labels
        self.minConfidence = minConfidence
        self.regions = regions
    }
}

/// `FaceSearchSettings`.
package struct FaceSearchPlan: Sendable, Equatable {
    package let collectionID: CollectionID
    /// Similarity in percent from which a face counts as known, 80...100.
    package let matchThreshold: Double

    /// AWS's default, and the least that counts.
    package static let leastMatchThreshold = 80.0

    /// - Parameter matchThreshold: 0...100; nil and what is below 80 become 80, as with AWS.
    /// - Returns: nil for a number that AWS does not take.
    package init?(collectionID: CollectionID, matchThreshold: Double? = nil) {
        let threshold = matchThreshold ?? Self.leastMatchThreshold
        guard (0...100).contains(threshold) else { return nil }
        self.collectionID = collectionID
        self.matchThreshold = max(Self.leastMatchThreshold, threshold)
    }
}

/// A processor's plan with its number. Every change is a new revision.
package struct AnalysisSettings: Sendable, Equatable {
    package var plan: ProcessorPlan
    /// 1 at creation, +1 with every accepted change.
    package var revision: Int

    package init(plan: ProcessorPlan, revision: Int) {
        self.plan = plan
        self.revision = revision
    }

    package init(_ home: ConnectedHomePlan, revision: Int) {
        self.init(plan: .connectedHome(home), revision: revision)
    }

    /// Nil for another family.
    package var connectedHome: ConnectedHomePlan? {
        if case .connectedHome(let home) = plan { home } else { nil }
    }

    /// Nil for another family.
    package var faceSearch: FaceSearchPlan? {
        if case .faceSearch(let faces) = plan { faces } else { nil }
    }

    /// Labels of which visits are told: none of another family.
    package var visitLabels: Set<Label> { connectedHome?.labels ?? [] }
}

/// The members of both families lie side by side, as databases of earlier versions have those of the one: it is the
/// collection that makes a face search.
extension AnalysisSettings: Codable {
    private enum CodingKeys: String, CodingKey {
        case labelNames, labels, minConfidence, regions, collectionID, matchThreshold, revision
    }

    package init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: CodingKeys.self)
        revision = try members.decode(Int.self, forKey: .revision)
        guard let collectionID = try members.decodeIfPresent(String.self, forKey: .collectionID) else {
            plan = .connectedHome(
                ConnectedHomePlan(
                    labelNames: try members.decode([String].self, forKey: .labelNames),
                    labels: try members.decode(Set<Label>.self, forKey: .labels),
                    minConfidence: try members.decode(Confidence.self, forKey: .minConfidence),
                    regions: try members.decode([Region].self, forKey: .regions)))
            return
        }
        let threshold = try members.decode(Double.self, forKey: .matchThreshold)
        guard
            let faces = CollectionID(collectionID).flatMap({
                FaceSearchPlan(collectionID: $0, matchThreshold: threshold)
            })
        else {
            throw DecodingError.dataCorruptedError(
                forKey: .collectionID, in: members, debugDescription: "no collection, or no similarity")
        }
        plan = .faceSearch(faces)
    }

    package func encode(to encoder: any Encoder) throws {
        var members = encoder.container(keyedBy: CodingKeys.self)
        try members.encode(revision, forKey: .revision)
        switch plan {
        case .connectedHome(let home):
            try members.encode(home.labelNames, forKey: .labelNames)
            try members.encode(home.labels, forKey: .labels)
            try members.encode(home.minConfidence, forKey: .minConfidence)
            try members.encode(home.regions, forKey: .regions)
        case .faceSearch(let faces):
            try members.encode(faces.collectionID.text, forKey: .collectionID)
            try members.encode(faces.matchThreshold, forKey: .matchThreshold)
        }
    }
}
