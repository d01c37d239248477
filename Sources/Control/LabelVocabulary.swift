package import Base

/// What the loaded model can emit: turns the callers' label names into labels.
package struct LabelVocabulary: Sendable {
    package let modelName: String
    package let emittable: Set<Label>

    /// Every label of the model (AWS, `ConnectedHomeSettings.Labels`).
    package static let all = "ALL"
    /// AWS's limit on the list.
    package static let countOfNames = 1...128

    package init(modelName: String, emittable: Set<Label>) {
        self.modelName = modelName
        self.emittable = emittable
    }

    /// Mixtures with `ALL` and repetitions are fine, as with AWS.
    /// - Throws: `invalidParameter` for an unknown name and for a label that this model cannot emit.
    package func labels(for names: [String]) throws(ControlError) -> Set<Label> {
        guard Self.countOfNames.contains(names.count) else {
            throw .invalidParameter("Labels needs 1 to 128 entries, has \(names.count)")
        }
        var labels: Set<Label> = []
        for name in names {
            guard name == Self.all || Label(rawValue: name) != nil else {
                throw .invalidParameter(
                    "Labels: unknown label '\(name.prefix(40))'; known: PERSON, PET, PACKAGE, ALL")
            }
            guard let wanted = resolve(name) else {
                throw .invalidParameter("Labels: the model \(modelName) cannot emit \(name), only \(listed)")
            }
            labels.formUnion(wanted)
        }
        return labels
    }

    /// For processors that were made with another model: the plan with those of its labels that this one can still emit,
    /// and the names of the others.
    package func rest(of plan: ProcessorPlan) -> (plan: ProcessorPlan, missing: [String]) {
        guard case .connectedHome(var home) = plan else { return (plan, []) }
        home.labels = []
        var missing: [String] = []
        for name in home.labelNames {
            if let wanted = resolve(name) { home.labels.formUnion(wanted) } else { missing.append(name) }
        }
        return (.connectedHome(home), missing)
    }

    /// For messages.
    package var listed: String {
        emittable.isEmpty ? "nothing" : emittable.map(\.rawValue).sorted().joined(separator: ", ")
    }

    private func resolve(_ name: String) -> Set<Label>? {
        if name == Self.all { return emittable.isEmpty ? nil : emittable }
        return Label(rawValue: name).flatMap { emittable.contains($0) ? [$0] : nil }
    }
}
