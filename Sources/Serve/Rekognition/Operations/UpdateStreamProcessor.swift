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
        let change = SettingsChange(
            labelNames: home?.labels, minConfidence: home?.minConfidence,
            deleteMinConfidence: deleted.contains(deletable[0]), regions: regions,
            deleteRegions: deleted.contains(deletable[1]), dataSharingOptIn: optIn, trial: try TrialStep.read(request))
        if change.contradictsItself {
            request.refuse("ParametersToDelete", because: "Member must not name what the same request sets")
        }
        try request.violations.throwIfAny()
        return (try checked(name), change)
    }

    private var contradictsItself: Bool {
        (deleteMinConfidence && minConfidence != nil) || (deleteRegions && regions != nil)
    }
}
