/// Settings that are being tried out: they go back by themselves unless somebody confirms them in time.
package struct SettingsTrial: Sendable, Equatable, Codable {
    /// What was last confirmed, and what a revert brings back (as a new revision).
    package var base: AnalysisSettings
    /// How long the trial lasts, counted on the monotonic clock from the update on.
    package var seconds: Int
    /// The same by the wall clock as it stood then: for people.
    package var until: WallTime
    /// The revision on trial.
    package var revision: Int

    /// Seconds that a trial may last: up to a day.
    package static let range = 1...86_400

    package init(base: AnalysisSettings, seconds: Int, until: WallTime, revision: Int) {
        self.base = base
        self.seconds = seconds
        self.until = until
        self.revision = revision
    }
}

/// What an update says of a trial.
package enum TrialStep: Sendable, Equatable {
    /// What the update sets is for this many seconds (`SettingsTrial.range`).
    case lasting(seconds: Int)
    /// What is on trial stays.
    case confirm
    /// Back at once.
    case revert
}

extension ProcessorDescription {
    /// Nobody confirmed: the settings before the trial are in force, as a new revision. The same without a trial.
    package func revertingTrial(at time: WallTime) -> ProcessorDescription {
        guard let trial else { return self }
        var next = self
        next.trial = nil
        next.settings = trial.base
        next.settings.revision = settings.revision == .max ? .max : settings.revision + 1
        next.updatedAt = time
        return next
    }
}
