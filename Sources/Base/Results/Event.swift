/// What users hear: one visit of one object begins, gets a better picture, ends.
package struct Event: Sendable, Equatable, Codable {
    package enum Phase: String, Sendable, Codable { case started, updated, ended }

    /// Why a visit ended.
    package enum EndReason: String, Sendable, Codable {
        /// The object has not been seen for the quiet time.
        case gone
        /// A package that has gone while a person was near it.
        case taken
        /// It has stood still for so long that it is part of the scene now; the camera's health lists it.
        case background
        /// Labels, confidence or regions no longer admit it.
        case settingsChanged = "settings_changed"
        case cameraLost = "camera_lost"
        /// Nothing can be seen any more: the camera is frozen, dark or covered.
        case viewLost = "view_lost"
        case stopped
        case deleted
        /// The session's `MaxDurationInSeconds` is over.
        case sessionEnded = "session_ended"
        case shutdown
        /// The program died in the middle of the visit; told after the restart.
        case restart
        case clipEnded = "clip_ended"
    }

    /// The visit's identity, the same in all its phases: a lower-case UUID.
    package var id: String
    package var camera: CameraName
    package var processor: ProcessorName
    /// The run of its processor, from a start to its stop, that it belongs to (`ActiveProcessor.sessionID`); nil in
    /// events that an earlier version kept.
    package var sessionID: String?
    package var label: Label
    package var phase: Phase
    /// Set when `phase` is `ended`.
    package var reason: EndReason?
    /// Capture time of the frame that decided this.
    package var at: MonotonicTime
    /// Capture time of the visit's first frame.
    package var since: MonotonicTime
    /// Of the picture that stands for the visit so far: the surest one, or one about as sure in which the object is
    /// larger or has moved.
    package var confidence: Confidence
    package var box: NormalizedBox
    /// Share of the box inside the best region, 0...1; 1 without regions.
    package var regionOverlap: Double
    package var settingsRevision: Int
    /// Visits of this label that this processor has open after this event: the state is `ON` while it is above 0.
    package var openCount: Int
    /// In how many of the last looks the object was seen when the visit started: why it counts.
    package var looksSeen: Int
    package var looksTaken: Int
    /// Of a package: whether a person was near it around the moment of this event, wanted by the settings or not.
    /// Nil for other labels.
    package var personNearby: Bool?
    /// Of a visit that began with weak looks along a path: how sure each of five looks would have to be to say as much.
    /// Nil when single looks were sure enough.
    package var pathConfidence: Confidence?
    /// Of a face search: who it is. Nil for connected homes.
    package var face: FaceVerdict?
    /// Which mode was on at this event; nil when none was.
    package var mode: ModeName?

    package init(
        id: String, camera: CameraName, processor: ProcessorName, sessionID: String? = nil, label: Label, phase: Phase,
        reason: EndReason?,
        at: MonotonicTime, since: MonotonicTime, confidence: Confidence, box: NormalizedBox, regionOverlap: Double,
        settingsRevision: Int, openCount: Int, looksSeen: Int, looksTaken: Int,
        personNearby: Bool? = nil, pathConfidence: Confidence? = nil, face: FaceVerdict? = nil
    ) {
        self.id = id
        self.camera = camera
        self.processor = processor
        self.sessionID = sessionID
        self.label = label
        self.phase = phase
        self.reason = reason
        self.at = at
        self.since = since
        self.confidence = confidence
        self.box = box
        self.regionOverlap = regionOverlap
        self.settingsRevision = settingsRevision
        self.openCount = openCount
        self.looksSeen = looksSeen
        self.looksTaken = looksTaken
        self.personNearby = personNearby
        self.pathConfidence = pathConfidence
        self.face = face
    }
}

/// An event with its place in time, as everybody is told of it.
package struct RecordedEvent: Sendable, Equatable {
    /// Counts the stored events of this box for ever, across restarts; nil for one that the store could not keep: it is
    /// told once, now.
    package var sequence: Int64?
    /// Identifies one start of the program.
    package var bootID: String
    package var time: WallTime
    package var timeQuality: TimeQuality
    package var event: Event
    /// Path of the picture below the storage directory, if one was kept.
    package var imagePath: String?

    package init(
        sequence: Int64?, bootID: String, time: WallTime, timeQuality: TimeQuality, event: Event, imagePath: String?
    ) {
        self.sequence = sequence
        self.bootID = bootID
        self.time = time
        self.timeQuality = timeQuality
        self.event = event
        self.imagePath = imagePath
    }
}

/// Whether the wall clock could be trusted when an event was recorded.
package enum TimeQuality: String, Sendable, Codable {
    case synchronized, unsynchronized
    /// Recorded before the clock was set, and put right once it was.
    case corrected
}
