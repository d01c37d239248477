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
    /// What of `still` is known background, and what the owner has called nobody, which is in neither list above.
    package var background: [Detection]
    package var nobody: [(detection: Detection, place: String)]
    /// The share of the cells that moved, 0...1, of boxes of which that was asked.
    package var motion: [NormalizedBox: Double]
    /// What the picture looks like there, of visitors whose box is large and rich enough to be known again.
    package var looks: [NormalizedBox: PictureLook]

    package init(
        at: MonotonicTime, visitors: [Detection], still: [Detection] = [], learned: [BackgroundObject] = [],
        faces: FaceFacts = .nobodyThere, background: [Detection] = [],
        nobody: [(detection: Detection, place: String)] = [], motion: [NormalizedBox: Double] = [:],
        looks: [NormalizedBox: PictureLook] = [:]
    ) {
        self.at = at
        self.visitors = visitors
        self.still = still
        self.learned = learned
        self.faces = faces
        self.background = background
        self.nobody = nobody
        self.motion = motion
        self.looks = looks
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
    /// Nil where nobody asks why.
    package var why: (any WhyListening)?

    package init(
        makeID: @escaping @Sendable () -> String, faces: any FaceSearching, strangers: StrangerMemory? = nil,
        why: (any WhyListening)? = nil
    ) {
        self.makeID = makeID
        self.faces = faces
        self.strangers = strangers
        self.why = why
    }
}

/// Hears why somebody was told and somebody was not. Called by the analysis, which must not wait.
package protocol WhyListening: Sendable {
    /// Whether it keeps how visitors look.
    var keepsLooks: Bool { get }
    /// What is known of these now; the same id again replaces what was known of it before.
    func note(_ records: [WhyRecord])
    /// Where the owner has said that nobody is.
    func nobody(of camera: CameraName) -> [NobodyPlace]
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

    /// What the last look made of what it saw at a box: the open visit that it belongs to, or the label for which more spoke
    /// there. Nil: nothing is followed there.
    func standing(at box: NormalizedBox) -> (visit: String?, strongerLabel: Label?)?
}

extension Analyzer {
    package func standing(at box: NormalizedBox) -> (visit: String?, strongerLabel: Label?)? { nil }
}
