/// What the box has kept of people: in collections, and in what was recorded. Filled by the wiring.
package protocol FaceTraces: Sendable {
    /// The best picture of a visit, as a JPEG; nil when there is none (any more).
    func picture(ofVisit id: String) async -> [UInt8]?
    /// Erases what is kept of the person of that name, from memory and from the disk. What fails is told, and the rest is
    /// erased all the same: it may be asked again.
    ///
    /// The id of a stranger is a name, too.
    func forget(_ name: ExternalImageID) async -> ForgottenTraces
    /// Who came by without a name and would be known again, whoever came last first; nil: nobody is to be remembered.
    func knownStrangers() -> [KeptStranger]?
    /// Erases the face of one of them. The events stay.
    func forgetStranger(_ id: String) async -> ForgottenTraces
    /// Erases the faces of everybody who came by without a name. Their events stay.
    func forgetStrangers() async -> ForgottenTraces
}

/// What was erased of somebody.
package struct ForgottenTraces: Sendable, Equatable {
    /// Of all collections.
    package var faces = 0
    package var users = 0
    /// Visits whose events went.
    package var visits = 0
    package var pictures = 0
    /// Folders of sessions.
    package var results = 0
    package var samples = 0
    /// Of whom nothing is remembered any more.
    package var strangers = 0
    /// Why something is still there.
    package var failures: [String] = []

    package init() {}
}

/// A visit that was erased from the store, and where else something of it may lie.
package struct ForgottenVisit: Sendable, Equatable {
    package var id: String
    package var processor: ProcessorName
    package var sessionID: String?
    package var from: WallTime
    package var until: WallTime

    package init(id: String, processor: ProcessorName, sessionID: String?, from: WallTime, until: WallTime) {
        self.id = id
        self.processor = processor
        self.sessionID = sessionID
        self.from = from
        self.until = until
    }
}
