package import Base

/// What one look at a camera's picture has shown, whoever asks.
package struct LookFacts: Sendable {
    /// When the picture was captured.
    package var at: MonotonicTime
    /// What may be a visitor.
    package var visitors: [Detection]
    /// What has not moved since it is there, or is known background.
    package var still: [Detection]
    /// What became background with this look.
    package var learned: [BackgroundObject]
    package var faces: FaceFacts

    package init(
        at: MonotonicTime, visitors: [Detection], still: [Detection] = [], learned: [BackgroundObject] = [],
        faces: FaceFacts = .nobodyThere
    ) {
        self.at = at
        self.visitors = visitors
        self.still = still
        self.learned = learned
        self.faces = faces
    }
}

/// What a look says of faces.
package enum FaceFacts: Sendable, Equatable {
    /// There was nobody whose face could be looked for, or no session searches faces.
    case nobodyThere
    /// Somebody may be there, but there was no time to look, or the networks cannot be used: nothing is known.
    case notLooked
    case seen(FacesSeen)
}

/// The faces of one look, and whose vectors they have.
package struct FacesSeen: Sendable, Equatable {
    /// The largest first.
    package var faces: [Face]
    package var model: FaceModel

    package init(faces: [Face], model: FaceModel) {
        self.faces = faces
        self.model = model
    }
}

/// What an analyzer makes of a look.
package struct Findings: Sendable {
    /// In the order in which they count.
    package var events: [Event] = []
    /// Worth a label by hand, of a processor that keeps samples.
    package var sample: Detection?
    /// What a face search tells of the look.
    package var record: FaceRecord?
}

/// What analyzers are made with.
package struct AnalyzerTools: Sendable {
    /// A fresh lower-case UUID each time.
    package var makeID: @Sendable () -> String
    package var faces: any FaceSearching
    /// Nil: strangers are not to be remembered.
    package var strangers: StrangerMemory?

    package init(
        makeID: @escaping @Sendable () -> String, faces: any FaceSearching, strangers: StrangerMemory? = nil
    ) {
        self.makeID = makeID
        self.faces = faces
        self.strangers = strangers
    }
}

/// Turns the facts of looks into the events of one session by its processor's plan: one analyzer for each family of plans.
/// Has all that is remembered between the looks of its session. Pure: times and identities are given.
package protocol Analyzer: Sendable {
    /// For a session that begins.
    /// - Returns: nil when the processor's plan is of another family.
    init?(_ processor: ActiveProcessor, _ tools: AnalyzerTools)

    /// More looks are wanted soon.
    var isFollowing: Bool { get }

    /// - Parameter processor: with the settings that are in force now.
    mutating func analyse(_ facts: LookFacts, for processor: ActiveProcessor) -> Findings

    /// Ends whatever is open: the session is over, or its camera is lost and it begins anew.
    mutating func endAll(_ reason: Event.EndReason, at time: MonotonicTime) -> [Event]
}
