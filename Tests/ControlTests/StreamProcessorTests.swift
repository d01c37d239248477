import Base
import Control
import Testing

@Suite struct StreamProcessorTests {
    private enum Input: String, CaseIterable, Sendable {
        case start, startBounded, stop, expire, analysed, trouble, fail, update
    }

    private static let run = StreamProcessor.Run(sessionID: "s", maxDuration: nil, echo: [:])
    private static let bounded = StreamProcessor.Run(sessionID: "s", maxDuration: .seconds(5), echo: [:])
    private static let vocabulary = LabelVocabulary(modelName: "toy", emittable: [.person, .pet])

    private static func fresh() throws -> StreamProcessor {
        let name = try #require(ProcessorName("door"))
        let definition = ProcessorDefinition(
            name: name, arn: ProcessorARN.arn(of: name), camera: try #require(CameraName("front")), inputARN: "",
            output: .folder(bucket: "bucket", keyPrefix: nil), roleARN: "", notificationTopicARN: nil, kmsKeyID: nil,
            dataSharingOptIn: false, tags: [:])
        let settings = AnalysisSettings(
            ConnectedHomePlan(labelNames: ["PERSON"], labels: [.person], minConfidence: .half, regions: []), revision: 1
        )
        return StreamProcessor(definition, settings, at: WallTime(milliseconds: 0))
    }

    private static func apply(_ input: Input, to processor: inout StreamProcessor, at time: WallTime) throws {
        switch input {
        case .start: _ = try processor.start(run, trouble: "", at: time)
        case .startBounded: _ = try processor.start(bounded, trouble: "", at: time)
        case .stop: _ = try processor.stop(at: time)
        case .expire: _ = processor.timeIsOver(of: "s", at: time)
        case .analysed: _ = processor.analysed(for: "s", at: time)
        case .trouble: _ = processor.interrupted(by: "camera front: unplugged", at: time)
        case .fail: _ = processor.fail("camera front: no usable format", at: time)
        case .update: _ = try processor.update(.init(labelNames: ["PET"]), vocabulary, at: time)
        }
    }

    private static let table: [([Input], ProcessorStatus, enabled: Bool)] = [
        ([], .stopped, false),
        ([.analysed], .stopped, false),
        ([.trouble], .stopped, false),
        ([.fail], .stopped, false),
        ([.start], .starting, true),
        ([.start, .trouble], .starting, true),
        ([.start, .analysed], .running, true),
        ([.start, .analysed, .trouble], .starting, true),
        ([.start, .analysed, .trouble, .analysed], .running, true),
        ([.start, .fail], .failed, true),
        ([.start, .analysed, .fail], .failed, true),
        ([.start, .fail, .analysed], .failed, true),
        ([.start, .fail, .stop], .stopped, false),
        ([.start, .fail, .start], .starting, true),
        ([.start, .stop], .stopped, false),
        ([.start, .stop, .analysed], .stopped, false),
        ([.start, .analysed, .update], .running, true),
        ([.start, .update], .starting, true),
        ([.update], .stopped, false),
        ([.startBounded, .analysed, .expire], .stopped, false),
        ([.startBounded, .fail], .failed, false),
        ([.startBounded, .stop, .start, .expire], .stopped, false),
    ]

    @Test("a processor says what is true after each sequence of happenings", arguments: table.indices)
    func status(row: Int) throws {
        let (inputs, status, enabled) = Self.table[row]
        var processor = try Self.fresh()
        for (index, input) in inputs.enumerated() {
            try Self.apply(input, to: &processor, at: WallTime(milliseconds: Int64(index) + 1))
        }
        #expect(processor.description.status == status)
        #expect(processor.description.isEnabled == enabled)
        #expect((processor.active != nil) == [.starting, .running].contains(status))
    }

    @Test("each transition stamps the time of the last change; what changes nothing does not")
    func stamps() throws {
        var processor = try Self.fresh()
        let steps: [(Input, changes: Bool)] = [
            (.analysed, false), (.start, true), (.trouble, true), (.trouble, false), (.analysed, true),
            (.analysed, false), (.update, true), (.fail, true), (.stop, true),
        ]
        var expected: Int64 = 0
        for (index, step) in steps.enumerated() {
            let time = Int64(index) + 1
            try Self.apply(step.0, to: &processor, at: WallTime(milliseconds: time))
            if step.changes { expected = time }
            #expect(processor.description.updatedAt.milliseconds == expected, "\(step.0)")
        }
    }

    @Test("the status message names the trouble while it lasts, and only then")
    func messages() throws {
        var processor = try Self.fresh()
        let time = WallTime(milliseconds: 1)
        for (input, message) in [
            (Input.start, ""), (.trouble, "camera front: unplugged"), (.analysed, ""),
            (.fail, "camera front: no usable format"), (.start, ""),
        ] {
            try Self.apply(input, to: &processor, at: time)
            #expect(processor.description.statusMessage == message)
        }
    }

    @Test("AWS's refusals: start when started, stop when stopped")
    func refusals() throws {
        var processor = try Self.fresh()
        let time = WallTime(milliseconds: 1)
        #expect(throws: ControlError.inUse("Processor not available for stopping stream")) {
            _ = try processor.stop(at: time)
        }
        try Self.apply(.start, to: &processor, at: time)
        #expect(throws: ControlError.inUse("Stream processor door is started already (STARTING)")) {
            _ = try processor.start(Self.bounded, trouble: "", at: time)
        }
    }

    @Test("the timer of an earlier session ends nothing")
    func lateTimer() throws {
        var processor = try Self.fresh()
        try Self.apply(.start, to: &processor, at: WallTime(milliseconds: 1))
        #expect(processor.timeIsOver(of: "earlier", at: WallTime(milliseconds: 2)).isEmpty)
        let counts = processor.analysed(for: "earlier", at: WallTime(milliseconds: 3))
        #expect(!counts)
        #expect(processor.description.status == .starting)
    }

    @Test("what is kept runs again after a power cut, except a session with an end of its own")
    func takenUp() throws {
        for (inputs, runs) in [
            ([Input.start], true), ([.start, .analysed], true), ([.start, .fail], true), ([.startBounded], false),
            ([.startBounded, .analysed], false), ([.start, .stop], false), ([], false),
        ] {
            var processor = try Self.fresh()
            for input in inputs { try Self.apply(input, to: &processor, at: WallTime(milliseconds: 1)) }
            let again = StreamProcessor(processor.archived, plan: processor.description.settings.plan)
            #expect(again.description.isEnabled == runs, "\(inputs)")
            #expect(again.description.status == .stopped)
        }
    }

    @Test("a rejected change leaves every setting as it was")
    func atomicChange() throws {
        var processor = try Self.fresh()
        let before = processor
        let region = Region.box(.full)
        let bad: [SettingsChange] = [
            .init(labelNames: ["PET"], minConfidence: .half, deleteMinConfidence: true),
            .init(labelNames: ["PET"], regions: [region], deleteRegions: true),
            .init(labelNames: ["PACKAGE"], minConfidence: Confidence(clamping: 0.9)),
            .init(labelNames: ["person"]), .init(labelNames: []),
            .init(labelNames: Array(repeating: "PET", count: 129)),
            .init(labelNames: ["PET"], regions: Array(repeating: region, count: 11)),
        ]
        for change in bad {
            #expect(throws: ControlError.self) {
                _ = try processor.update(change, Self.vocabulary, at: WallTime(milliseconds: 9))
            }
            #expect(processor == before)
        }
    }

    @Test("a change touches what it names and nothing else")
    func partialChange() throws {
        var processor = try Self.fresh()
        let time = WallTime(milliseconds: 9)
        let high = Confidence(clamping: 0.9)
        _ = try processor.update(.init(minConfidence: high, regions: [.box(.full)]), Self.vocabulary, at: time)
        #expect(processor.description.settings.connectedHome?.labels == [.person])
        #expect(processor.description.settings.connectedHome?.minConfidence == high)
        #expect(processor.description.settings.revision == 2)
        _ = try processor.update(.init(deleteMinConfidence: true), Self.vocabulary, at: time)
        #expect(processor.description.settings.connectedHome?.minConfidence == .half)
        #expect(processor.description.settings.connectedHome?.regions.count == 1)
        _ = try processor.update(.init(labelNames: ["ALL", "PET"], deleteRegions: true), Self.vocabulary, at: time)
        #expect(processor.description.settings.connectedHome?.regions == [])
        #expect(processor.description.settings.connectedHome?.labels == [.person, .pet])
        #expect(processor.description.settings.connectedHome?.labelNames == ["ALL", "PET"])
        #expect(try processor.update(.init(), Self.vocabulary, at: time).isEmpty)
        #expect(processor.description.settings.revision == 4)
    }
}

@Suite struct ProcessorARNTests {
    @Test("the ARN fits AWS's pattern and leads back to the name")
    func roundTrip() throws {
        let name = try #require(ProcessorName("front.door_1-a"))
        let arn = ProcessorARN.arn(of: name)
        // botocore, rekognition 2016-06-27, shape StreamProcessorArn.
        #expect(
            try arn.wholeMatch(of: Regex(#"arn:[a-z\d-]+:rekognition:[a-z\d-]+:\d{12}:streamprocessor\/.+"#)) != nil)
        #expect(ProcessorARN.name(in: arn) == name)
    }

    @Test(
        "scripts compose ARNs with a region and an account of their own",
        arguments: [
            "arn:aws:rekognition:us-east-1:123456789012:streamprocessor/door",
            "arn:aws-cn:rekognition:cn-north-1:999999999999:streamprocessor/door",
        ])
    func composed(arn: String) throws { #expect(ProcessorARN.name(in: arn) == (try name("door"))) }

    @Test(
        "ARNs of other things lead nowhere",
        arguments: [
            "", "door", "arn:aws:rekognition:local:000000000000:collection/a",
            "arn:aws:rekognition:local:000000000000:streamprocessor/",
            "arn:aws:rekognition:local:000000000000:streamprocessor/a b",
            "arn:aws:kinesis:local:000000000000:streamprocessor/a", "arn:aws:rekognition:local:1:streamprocessor/a",
            "arn:aws:rekognition::000000000000:streamprocessor/a",
            "arn:aws:rekognition:local:000000000000:a:streamprocessor/a",
        ])
    func foreign(arn: String) { #expect(ProcessorARN.name(in: arn) == nil) }
}
