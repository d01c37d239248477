/// Somebody without a name who came by, as it is kept on the disk where the owner wants that.
package struct KeptStranger: Sendable, Equatable {
    /// The same in events.
    package var id: String
    /// The mean of the looks of all visits.
    package var vector: FaceVector
    package var model: FaceModel
    package var visits: Int
    /// When the last visit was.
    package var met: WallTime

    package init(id: String, vector: FaceVector, model: FaceModel, visits: Int, met: WallTime) {
        self.id = id
        self.vector = vector
        self.model = model
        self.visits = visits
        self.met = met
    }
}

/// What has changed among the strangers since it was kept the last time.
package struct StrangerChanges: Sendable, Equatable {
    /// New ones, and those that came again.
    package var kept: [KeptStranger]
    /// Who is to be remembered no more.
    package var gone: Set<String>

    package init(kept: [KeptStranger] = [], gone: Set<String> = []) {
        self.kept = kept
        self.gone = gone
    }

    package var isEmpty: Bool { kept.isEmpty && gone.isEmpty }
}
