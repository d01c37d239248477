/// AWS's status words of a stream processor.
package enum ProcessorStatus: String, Sendable, Codable, CaseIterable {
    case stopped = "STOPPED"
    case starting = "STARTING"
    case running = "RUNNING"
    case failed = "FAILED"
    case stopping = "STOPPING"
    case updating = "UPDATING"
}

/// Everything a caller of CreateStreamProcessor said, checked and kept, and echoed by Describe.
package struct ProcessorDefinition: Sendable, Equatable {
    package var name: ProcessorName
    package var arn: String
    /// The camera named by `inputARN`.
    package var camera: CameraName
    /// `Input.KinesisVideoStream.Arn`
    package var inputARN: String
    package var output: ProcessorOutput
    package var roleARN: String
    /// `NotificationChannel.SNSTopicArn`; its last part names the MQTT topic.
    package var notificationTopicARN: String?
    package var kmsKeyID: String?
    package var dataSharingOptIn: Bool
    package var tags: [String: String]

    package init(
        name: ProcessorName, arn: String, camera: CameraName, inputARN: String, output: ProcessorOutput,
        roleARN: String, notificationTopicARN: String?, kmsKeyID: String?, dataSharingOptIn: Bool,
        tags: [String: String]
    ) {
        self.name = name
        self.arn = arn
        self.camera = camera
        self.inputARN = inputARN
        self.output = output
        self.roleARN = roleARN
        self.notificationTopicARN = notificationTopicARN
        self.kmsKeyID = kmsKeyID
        self.dataSharingOptIn = dataSharingOptIn
        self.tags = tags
    }
}

/// One stream processor as it is now.
package struct ProcessorDescription: Sendable, Equatable, Codable {
    package var definition: ProcessorDefinition
    package var settings: AnalysisSettings
    package var status: ProcessorStatus
    /// In plain words; empty when all is well.
    package var statusMessage: String
    package var createdAt: WallTime
    package var updatedAt: WallTime
    /// Wanted to run: survives restarts and power cuts.
    package var isEnabled: Bool
    /// Nil when the settings are not on trial.
    package var trial: SettingsTrial?

    package init(
        definition: ProcessorDefinition, settings: AnalysisSettings, status: ProcessorStatus, statusMessage: String,
        createdAt: WallTime, updatedAt: WallTime, isEnabled: Bool
    ) {
        self.definition = definition
        self.settings = settings
        self.status = status
        self.statusMessage = statusMessage
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        self.isEnabled = isEnabled
    }
}

/// What the analysis is to do for one processor from the next frame on.
package struct ActiveProcessor: Sendable, Equatable {
    package var name: ProcessorName
    package var camera: CameraName
    package var settings: AnalysisSettings
    package var sessionID: String
    /// `DataSharingPreference`: samples are kept on the box.
    package var dataSharingOptIn: Bool
    package var inputARN: String
    package var output: ProcessorOutput

    package init(
        name: ProcessorName, camera: CameraName, settings: AnalysisSettings, sessionID: String, dataSharingOptIn: Bool,
        inputARN: String = "", output: ProcessorOutput = .folder(bucket: "local", keyPrefix: nil)
    ) {
        self.inputARN = inputARN
        self.output = output
        self.name = name
        self.camera = camera
        self.settings = settings
        self.sessionID = sessionID
        self.dataSharingOptIn = dataSharingOptIn
    }
}

/// A partial change of settings: nil leaves a thing as it is (UpdateStreamProcessor).
package struct SettingsChange: Sendable, Equatable {
    package var labelNames: [String]?
    package var minConfidence: Confidence?
    package var deleteMinConfidence: Bool
    package var regions: [Region]?
    package var deleteRegions: Bool
    package var dataSharingOptIn: Bool?
    /// Nil for a change that is meant to stay.
    package var trial: TrialStep?
    /// Labels to look for or not to look for any more, beside those that stay as they are.
    package var switches: [Label: Bool]

    package init(
        labelNames: [String]? = nil, minConfidence: Confidence? = nil, deleteMinConfidence: Bool = false,
        regions: [Region]? = nil, deleteRegions: Bool = false, dataSharingOptIn: Bool? = nil,
        trial: TrialStep? = nil, switches: [Label: Bool] = [:]
    ) {
        self.labelNames = labelNames
        self.minConfidence = minConfidence
        self.deleteMinConfidence = deleteMinConfidence
        self.regions = regions
        self.deleteRegions = deleteRegions
        self.dataSharingOptIn = dataSharingOptIn
        self.trial = trial
        self.switches = switches
    }
}

/// A checked CreateStreamProcessor request. `camera` is the last word of the ARN before any `/`.
package struct ProcessorRequest: Sendable, Equatable {
    /// `Settings` and what belongs to them. Names and numbers are as the caller wrote them.
    package enum Plan: Sendable, Equatable {
        case connectedHome(labelNames: [String], minConfidence: Confidence?, regions: [Region])
        case faceSearch(FaceSearchPlan)
    }

    package var name: ProcessorName
    package var cameraName: String
    package var inputARN: String
    package var output: ProcessorOutput
    package var roleARN: String
    package var notificationTopicARN: String?
    package var kmsKeyID: String?
    package var plan: Plan
    package var dataSharingOptIn: Bool
    package var tags: [String: String]

    package init(
        name: ProcessorName, cameraName: String, inputARN: String, output: ProcessorOutput, roleARN: String,
        notificationTopicARN: String?, kmsKeyID: String?, plan: Plan, dataSharingOptIn: Bool, tags: [String: String]
    ) {
        self.name = name
        self.cameraName = cameraName
        self.inputARN = inputARN
        self.output = output
        self.roleARN = roleARN
        self.notificationTopicARN = notificationTopicARN
        self.kmsKeyID = kmsKeyID
        self.plan = plan
        self.dataSharingOptIn = dataSharingOptIn
        self.tags = tags
    }
}

/// A checked StartStreamProcessor request.
package struct StartRequest: Sendable, Equatable {
    /// `StopSelector.MaxDurationInSeconds`, 1...120; nil = until stopped, across restarts.
    package var maxDurationInSeconds: Int?
    /// There is a `StartSelector`, which says where in a stored video to begin.
    package var hasStartSelector: Bool
    /// The whole request as it came, echoed in notifications (`startStreamProcessorRequest`).
    package var echo: JSONValue

    package init(maxDurationInSeconds: Int?, hasStartSelector: Bool = false, echo: JSONValue) {
        self.maxDurationInSeconds = maxDurationInSeconds
        self.hasStartSelector = hasStartSelector
        self.echo = echo
    }
}

/// Why the control room refuses. `Serve` spells these as AWS does; the messages are for people.
package enum ControlError: Error, Sendable, Equatable {
    case invalidParameter(String)
    case notFound(String)
    case inUse(String)
    case limitExceeded(String)
    /// Disk full, store broken: the caller may retry.
    case internalFailure(String)
}
