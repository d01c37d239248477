import Base
import Control
import Interpret
import Logging
import Publish
import Rekognition
import Runtime
import Serve
import Settings
import Store

/// Builds the rooms from checked settings and gives each the ports of the others. Nothing runs yet.
struct Wiring {
    let statuses: CameraStatusStore
    let serviceStatuses: ServiceStatusStore
    let watch: LivenessWatch
    let services: [Supervised]
    /// Held as long as anything here lives.
    let lock: StorageLock
    let marker: RunMarker
    let meter: WriteMeter
    let events: EventStore
    let background: StationaryObjectStore
    let why: WhyStore
    let samples: SampleFolder
    let shutdown: ShutdownSequence
    let endsWithClips: Bool

    /// What only `porchlight run` on a terminal asks for.
    struct Options {
        /// Told of every event, for printing.
        var onEvent: @Sendable (RecordedEvent) -> Void = { _ in }
        /// End when every camera is a clip that has been played.
        var untilClipsEnd = false
        var logLevel = LogSwitch()
        /// What was logged lately.
        var log = LogMemory()
        /// What is let go of once a minute; nil: nothing.
        var filePages: FilePages?
    }

    /// - Throws: `CommandFailure` when the model or the store cannot be used: without them there is nothing to run.
    init(_ settings: Settings, options: Options, logger: Logger) async throws {
        lock = try Self.lock(settings, logger)
        let bootID = newID()
        let network = try Network(
            ModelLocation(resolving: settings.model.path), threads: settings.model.threads, size: settings.model.size,
            tell: { logger.error("a camera's own shape is not possible", metadata: ["why": "\($0)"]) })
        let vocabulary = LabelVocabulary(modelName: network.name, emittable: network.labels)
        if !network.assumptions.isEmpty {
            let all = network.assumptions.joined(separator: ", ")
            logger.notice(
                "assumed of the model, since no manifest says it",
                metadata: ["model": "\(network.name)", "what": "\(all)"])
        }
        let models = OneShotTransfer(
            ModelSet(
                detector: network,
                faces: FaceNetworks(
                    settings.faces, beside: network, makesThumbnails: settings.keepsPicturesOfFaces)))
        let layout = settings.storage.layout
        let (beats, timings) = (Heartbeats(), Timings())
        let meter = WriteMeter(
            layout.file(.bytesWritten), most: Int64(settings.storage.maxMegabytesWrittenPerDay) << 20, beats: beats,
            logger: logger)
        let kernelBoot = RunMarker.kernelBoot()
        let storage = try await Storage(
            settings, bootID: bootID, kernelBoot: kernelBoot, meter: meter, logger: logger)
        let endings = try await storage.endingsOfEarlierStarts()
        let marker = RunMarker(
            layout.file(.runState), kernelBoot: kernelBoot, serviceResult: RunMarker.takeServiceResult(),
            version: programVersion, logger: logger)
        if marker.reason != .stopped, marker.reason != .firstStart { meter.countKilledRun() }
        logger.notice("started", metadata: ["after": "\(marker.reason.rawValue)"])

        let cameras = settings.cameras.map(\.name)
        let background = StationaryObjectStore(
            layout.file(.background), cameras: cameras, beats: beats, logger: logger)
        let samples = SampleFolder(
            folder: layout.path(of: .samples), bounds: .init(totalBytes: layout.file(.samples).mostBytes),
            admits: { meter.admits($0) }, beats: beats, logger: logger)
        let why = WhyStore(
            WhyStore.Files(records: layout.file(.why), places: layout.file(.nobody)),
            keepsPictures: !settings.pictures.isPrivate, admits: { meter.admits($0) }, makeID: newID,
            listener: samples, beats: beats, logger: logger)
        let sessions = Sessions(
            folder: storage.results, archive: storage.sessions, now: { .now() }, wallTime: { .now() }, newID: newID)
        let limits = ProcessorRegistry.Limits(
            cameras: cameras, vocabulary: vocabulary, collections: storage.faces,
            processors: settings.api.maxProcessors)
        let registry = try await Self.registry(limits, storage, sessions, logger)

        samples.begin(with: await registry.list())
        await storage.streams.open()
        await storage.streams.name(await registry.list().compactMap(\.definition.output.stream))
        let records = FaceRecordQueue()
        let work = WorkCounters()
        let stillImages = StillImageQueue(
            modelName: vocabulary.modelName, work, faceModel: FaceEmbedder.reading(settings.faces))
        let api = RekognitionAPI(
            control: registry, pictures: stillImages, faces: stillImages, collections: storage.faces)
        let modes = ModeAPI(control: registry)
        let publisher = try await Self.publisher(
            settings, bootID, storage, registry, HouseCommands(api: api, modes: modes, background: background),
            vocabulary.emittable, PartHeartbeat(beats: beats, part: .mqtt), options.log.mask, logger)
        publisher.tell(await sessions.finishInterrupted())
        let changes = CameraChanges()
        let block = AnalysisBlock { changes.note() }
        let statuses = CameraStatusStore(cameras, block: block) { changes.note() }
        let latest = LatestPictures()
        let watched = LookBoard(statuses, showsPictures: !settings.pictures.isPrivate)
        let queue = EventQueue(first: endings, beats: beats)
        let serviceStatuses = ServiceStatusStore { changes.note() }
        let keys = KeyRing(
            file: CredentialsFile(layout.file(.credentials)), mask: options.log.mask, logger: logger)
        let watch = LivenessWatch(
            beats, statuses, block, cameras: settings.cameras, logger: logger
        ) { changes.note() }
        let dump = DebugDump(
            statuses: statuses, beats: beats, watch: watch, services: serviceStatuses, queue: queue, work: work,
            publisher: publisher, registry: registry, sessions: sessions, level: options.logLevel,
            storage: storage, restarts: marker.restarts, api: settings.api)
        let health = HealthReporter(
            statuses: statuses, latest: latest, queue: queue, records: records, storage: storage, samples: samples,
            work: work,
            publisher: publisher,
            lastRestart: marker.reason, meter: meter, background: background, services: serviceStatuses, watch: watch,
            keys: keys, beats: beats, dump: dump, diagnosis: Diagnosis(settings: settings, log: options.log),
            timings: timings, isPrivate: settings.pictures.isPrivate)
        let traces = HouseholdTraces(
            collections: storage.faces, strangers: storage.strangers, events: storage.events, streams: storage.streams,
            images: storage.images,
            results: storage.results,
            samples: samples, why: why, publisher: publisher)
        let door = RequestHandler(
            api: api, streams: KinesisAPI(streams: storage.streams), health: health, keys: keys,
            household: Household(
                collections: storage.faces, traces: traces, keepsPictures: settings.keepsPicturesOfFaces,
                keepsStrangers: settings.faces.keepStrangers),
            modes: modes, why: why, looks: watched,
            page: .shipped(logger),
            log: options.log, logger: logger)
        let analysis = AnalysisThreads(
            settings: settings.cameras, models: models, statuses: statuses, block: block, latest: latest,
            beats: beats, timings: timings, processors: registry.active,
            background: background, samples: samples, watched: watched, queue: queue, records: records,
            tools: AnalyzerTools(
                makeID: newID, faces: limits.collections,
                strangers: storage.strangers.memory, why: why), work: work,
            stillImages: stillImages,
            pictures: settings.pictures,
            endsWithClips: options.untilClipsEnd, logger: logger)

        self.statuses = statuses
        self.serviceStatuses = serviceStatuses
        self.watch = watch
        self.marker = marker
        self.meter = meter
        events = storage.events
        self.background = background
        self.why = why
        self.samples = samples
        shutdown = ShutdownSequence(publisher: publisher, sessions: sessions)
        endsWithClips = options.untilClipsEnd
        // Ends in the reverse order: first the cameras, then everybody who tells of them, then the broker hears that all is
        // off. Only then the listeners: somebody's slow request must not hold that up.
        let inner = [
            Supervised(
                "MQTT", stopLimit: .milliseconds(2200), BrokerService(publisher: publisher, shutdown: shutdown)),
            Supervised(
                "events", stopLimit: .milliseconds(700),
                EventFlow(
                    queue: queue, store: storage.events, images: storage.images, sessions: sessions,
                    publisher: publisher, onEvent: options.onEvent)),
            Supervised(
                "stream processors", stopLimit: .milliseconds(200),
                ControlFlow(registry: registry, cameras: Set(cameras), publisher: publisher, samples: samples, why: why)
            ),
            Supervised(
                "data streams", stopLimit: .milliseconds(500),
                FaceRecordFlow(
                    registry: registry, queue: records, store: storage.streams, publisher: publisher)),
            Supervised(
                "health", stopLimit: .milliseconds(300),
                HealthFlow(
                    registry: registry, sessions: sessions, publisher: publisher, statuses: statuses,
                    changes: changes, health: health, background: background, why: why, samples: samples,
                    storage: storage, filePages: options.filePages)),
            Supervised(
                "cameras and analysis", stopLimit: .milliseconds(2300), endsProgram: options.untilClipsEnd, analysis),
            Supervised(
                "log level", stopLimit: .milliseconds(100), LogLevelSignal(level: options.logLevel, logger: logger)),
            Supervised("liveness", stopLimit: .milliseconds(100), LivenessService(watch: watch)),
        ]
        services =
            APIListener.all(settings, door, serviceStatuses, logger) + inner
            + APIListener.renewal(settings, logger)
    }

    /// - Throws: `CommandFailure` when another program owns the storage, or it cannot be written.
    private static func lock(_ settings: Settings, _ logger: Logger) throws -> StorageLock {
        let lock: StorageLock
        do throws(StoreError) {
            lock = try StorageLock(directory: settings.storage.directory)
        } catch {
            if case .inUse = error { throw CommandFailure(.temporary, "storage.directory \(error)") }
            throw CommandFailure(.unavailable, "storage.directory \(settings.storage.directory): \(error)")
        }
        if !lock.isExclusive {
            logger.warning(
                "the storage's file system knows no locks: never run a second porchlight on it",
                metadata: ["directory": "\(settings.storage.directory)"])
        }
        return lock
    }

    private static func registry(
        _ limits: ProcessorRegistry.Limits, _ storage: Storage, _ sessions: Sessions, _ logger: Logger
    ) async throws -> ProcessorRegistry {
        do {
            return try await ProcessorRegistry.opening(
                storage.processors, modes: storage.modes, limits: limits, sessions: sessions,
                environment: .init(clock: ContinuousClock(), wallTime: { .now() }, newID: newID), logger: logger)
        } catch {
            throw CommandFailure(.unavailable, "the stream processors cannot be taken up: \(error)")
        }
    }

    /// Knows every camera and processor before it connects: what nobody has told by then is cleared on the broker.
    private static func publisher(
        _ settings: Settings, _ bootID: String, _ storage: Storage, _ registry: ProcessorRegistry,
        _ commands: HouseCommands, _ labels: Set<Label>, _ heartbeat: PartHeartbeat, _ mask: LogMask,
        _ logger: Logger
    ) async throws -> Publisher {
        do {
            let publisher = try Publisher(
                settings: settings.mqtt, deviceID: settings.deviceID, bootID: bootID, outbox: storage.events,
                commands: commands, labels: labels, pictures: settings.pictures, version: programVersion,
                page: PageAddress.forOthers(settings.api), registerFile: settings.storage.layout.file(.retainedTopics),
                heartbeat: heartbeat,
                mask: mask, logger: logger)
            for camera in settings.cameras {
                publisher.cameraChanged(camera.name, CameraState(isOnline: false, health: ["reason": "starting"]))
            }
            // What belongs to a camera that the config no longer names is cleared with it.
            let cameras = Set(settings.cameras.map(\.name))
            for processor in await registry.list() where cameras.contains(processor.definition.camera) {
                publisher.processorChanged(processor)
            }
            publisher.modesChanged(await registry.modes().state)
            return publisher
        } catch {
            throw CommandFailure(.unavailable, "mqtt: \(error)")
        }
    }
}
