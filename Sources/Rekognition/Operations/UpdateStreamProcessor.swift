import Base

extension Operation {
    static let updateStreamProcessor = Operation("UpdateStreamProcessor") { request, control throws(APIError) in
        let (name, change) = try SettingsChange.read(request)
        _ = try await control.answering { try await $0.update(name, change) }
        return [:]
    }
}

extension SettingsChange {
    private static let deletable = ["ConnectedHomeMinConfidence", "RegionsOfInterest"]

    /// A checked UpdateStreamProcessor request.
    static func read(_ json: JSONValue) throws(APIError) -> (ProcessorName, SettingsChange) {
        let request = try Members(request: json)
        let name = try ProcessorName.read(request)
        let home = try request.structure("SettingsForUpdate")?.structure("ConnectedHomeForUpdate")
            .map { members throws(APIError) in try ConnectedHome(members, labelsRequired: false) }
        let regions = try Region.read("RegionsOfInterestForUpdate", of: request)
        let sharing = try request.structure("DataSharingPreferenceForUpdate")
        let optIn = try sharing?.bool("OptIn", required: true)
        let deleted = try request.strings("ParametersToDelete", .any, count: nil) ?? []
        for (index, parameter) in deleted.enumerated() where !deletable.contains(parameter) {
            request.violations.add(
                .string(parameter), at: "parametersToDelete[\(index)]",
                "Member must satisfy enum value set: [\(deletable.joined(separator: ", "))]")
        }
        let switches = try labelSwitches(request)
        let deletesRegions = deleted.contains(deletable[1])
        // Terraform's provider says both: an empty list, and that the list is deleted.
        let setRegions = deletesRegions && regions == [] ? nil : regions
        let change = SettingsChange(
            labelNames: home?.labels, minConfidence: home?.minConfidence,
            deleteMinConfidence: deleted.contains(deletable[0]), regions: setRegions,
            deleteRegions: deletesRegions, dataSharingOptIn: optIn, trial: try TrialStep.read(request),
            switches: switches)
        if change.contradictsItself {
            request.refuse("ParametersToDelete", because: "Member must not name what the same request sets")
        }
        try request.violations.throwIfAny()
        return (try checked(name), change)
    }

    /// `labelSwitch`: `{"PET": false}`, what Home Assistant's switches say. Porchlight's own, not in AWS's model.
    private static func labelSwitches(_ request: Members) throws(APIError) -> [Label: Bool] {
        guard let members = try request.structure("labelSwitch") else { return [:] }
        var switches: [Label: Bool] = [:]
        for name in members.values.keys where Label(rawValue: name) == nil {
            members.refuse(
                name, because: "Member must be one of \(Label.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        for label in Label.allCases { switches[label] = try members.bool(label.rawValue) }
        return switches
    }

    private var contradictsItself: Bool {
        (deleteMinConfidence && minConfidence != nil) || (deleteRegions && regions != nil)
    }
}
