/// What is remembered of one thing that was followed through a camera's pictures: a visit, or something that was not told,
/// and why.
package struct WhyRecord: Sendable, Equatable {
    package enum Kind: String, Sendable, CaseIterable {
        case visit
        /// It was followed and not told.
        case missed
    }

    /// What one look at the picture said of it.
    package struct Look: Sendable, Equatable {
        /// Since `since`.
        package var milliseconds: Int32
        /// Percent, 0...100.
        package var confidence: UInt8
        /// Percent of the box inside the best region, 0...100; 100 without regions.
        package var overlap: UInt8
        /// Percent of the box's cells that moved, 0...100; nil where nobody knows.
        package var motion: UInt8?

        package init(milliseconds: Int32, confidence: UInt8, overlap: UInt8, motion: UInt8?) {
            self.milliseconds = milliseconds
            self.confidence = confidence
            self.overlap = overlap
            self.motion = motion
        }
    }

    /// What is less sure than this share of MinConfidence is not followed.
    package static let followedShare: Float = 0.4
    /// What was at least so sure, as a share of MinConfidence, was nearly told.
    package static let nearShare: Float = 0.8
    /// The looks that are kept of one thing.
    package static let mostLooks = 32

    /// The visit's id, or a UUID of its own.
    package var id: String
    package var kind: Kind
    package var camera: CameraName
    package var processor: ProcessorName
    package var label: Label
    package var since: WallTime
    /// When it was seen last.
    package var until: WallTime
    /// It is still there, as far as is known.
    package var isOpen: Bool
    /// Looks that saw it, and all looks meanwhile.
    package var looksSeen: Int
    package var looksTaken: Int
    /// Evenly spread over all looks that saw it, at most `mostLooks`.
    package var looks: [Look]
    /// Of the surest look, its box, and the box's share inside the best region, 0...1.
    package var confidence: Confidence
    package var box: NormalizedBox
    package var overlap: Double
    /// The largest MinConfidence in percent at which it would have been told, as far as that is known; nil: at none.
    package var toldUpTo: UInt8?
    /// The settings that were in force.
    package var minConfidence: Confidence
    package var settingsRevision: Int
    /// How sure weak looks along a path are together; nil when single looks were sure enough.
    package var pathConfidence: Confidence?
    /// Who it is, of a face search.
    package var name: String?
    /// Somebody without a name who is known as the same, as events tell it.
    package var stranger: String?
    /// Why a visit ended; nil while it goes on, and for what was missed.
    package var endReason: Event.EndReason?
    /// Why it was not told; nil for visits.
    package var reason: MissReason?
    /// How often the same thing was not told there; 1 for everything else.
    package var times = 1
    /// What it looked like at its places, of a visit: at most `PlacedLook.most`; where it was seen most often first.
    package var placedLooks: [PlacedLook] = []

    package init(
        id: String, kind: Kind, camera: CameraName, processor: ProcessorName, label: Label, since: WallTime,
        until: WallTime, isOpen: Bool, looksSeen: Int, looksTaken: Int, looks: [Look], confidence: Confidence,
        box: NormalizedBox, overlap: Double, toldUpTo: UInt8?, minConfidence: Confidence, settingsRevision: Int,
        pathConfidence: Confidence? = nil, name: String? = nil, endReason: Event.EndReason? = nil,
        reason: MissReason? = nil
    ) {
        self.id = id
        self.kind = kind
        self.camera = camera
        self.processor = processor
        self.label = label
        self.since = since
        self.until = until
        self.isOpen = isOpen
        self.looksSeen = looksSeen
        self.looksTaken = looksTaken
        self.looks = looks
        self.confidence = confidence
        self.box = box
        self.overlap = overlap
        self.toldUpTo = toldUpTo
        self.minConfidence = minConfidence
        self.settingsRevision = settingsRevision
        self.pathConfidence = pathConfidence
        self.name = name
        self.endReason = endReason
        self.reason = reason
    }
}

extension WhyRecord: LookKeeping {
    package var lookCount: Int { placedLooks.count }

    package mutating func forgetOtherLooks() { placedLooks = Array(placedLooks.prefix(1)) }
}
