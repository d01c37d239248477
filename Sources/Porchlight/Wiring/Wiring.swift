import Base
import Control
import Logging
import Publish
import Rekognition
import Serve
import ServiceLifecycle
import Store

/// Builds the rooms from checked settings and gives each the ports of the others. Nothing runs yet.
struct Wiring {
    let statuses: CameraStatusStore
    let services: [any Service]
    let marker: RunMarker
    let meter: WriteMeter
    let background: StationaryObjectStore
    let samples: SampleFolder
    let farewell: Farewell
    let endsWithClips: Bool

    /// What only `porchlight run` on a terminal asks for.
    struct Options {
        /// Told of every event, for printing.
        var onEvent: @Sendable (RecordedEvent) -> Void = { _ in }
        /// End when every camera is a clip that has been played.
        var untilClipsEnd = false
    }

    /// - Throws: `CommandFailure` when the model or the store cannot be used: without them there is nothing to run.
    init(_ settings: Settings, options: Options, logger: Logger) async throws {
        let bootID = newID()
        let network = try Network(
            ModelLocation(resolving: settings.model.path), threads: settings.model.threads,
            tell: { logger.error("a camera's own shape is not possible", metadata: ["why": "\($0)"]) })
        let vocabulary = LabelVocabulary(modelName: network.name, emittable: network.labels)
        if !network.assumptions.isEmpty {
            let all = network.assumptions.joined(separator: ", ")
            logger.notice(
                "assumed, since no manifest lies beside the model",
                metadata: ["model": "\(network.name)", "what": "\(all)"])
        }
        let transfer = OneShotTransfer(network)
        let storage = try await Storage(settings, bootID: bootID, logger: logger)
        let endings = try await storage.endingsOfEarlierStarts()
        let marker = RunMarker(
            storage: settings.storage.directory, kernelBoot: RunMarker.kernelBoot(), logger: logger)
        let meter = WriteMeter(storage: settings.storage.directory, logger: logger)
        logger.notice("started", metadata: ["after": "\(marker.reason.rawValue)"])

        let cameras = settings.cameras.map(\.name)
        let background = StationaryObjectStore(storage: settings.storage.directory, cameras: cameras, logger: logger)
        let samples = SampleFolder(storage: settings.storage.directory, logger: logger)
        let sessions = Sessions(
            folder: storage.results, archive: storage.sessions, now: { .now() }, wallTime: { .now() }, newID: newID)
        let limits = ProcessorRegistry.Limits(
            cameras: cameras, vocabulary: vocabulary, processors: settings.api.maxProcessors)
        let registry = try await Self.registry(limits, storage, sessions, logger)

        samples.begin(with: await registry.list())
        let photos = StillImageQueue(modelName: network.name)
        let api = RekognitionAPI(control: registry, pictures: photos)
        let publisher = try await Self.publisher(
            settings, bootID, storage, registry, HouseCommands(api: api, background: background),
            vocabulary.emittable, logger)
        publisher.tell(await sessions.finishInterrupted())
        let changes = CameraChanges()
        let statuses = CameraStatusStore(cameras) { changes.note() }
        let queue = EventQueue()
        let health = HealthReporter(
            statuses: statuses, queue: queue, storage: storage, samples: samples, photos: photos, publisher: publisher,
            lastRestart: marker.reason, meter: meter,
            background: background, isPrivate: settings.pictures.isPrivate)
        let keys = try Self.keys(settings, logger)
        let door = RequestHandler(api: api, health: health, keys: keys, logger: logger)
        let analysis = AnalysisThreads(
            settings: settings.cameras, network: transfer, statuses: statuses, processors: registry.active,
            background: background, samples: samples, queue: queue, photos: photos, pictures: settings.pictures,
            endsWithClips: options.untilClipsEnd, logger: logger)

        self.statuses = statuses
        self.marker = marker
        self.meter = meter
        self.background = background
        self.samples = samples
        farewell = Farewell(publisher: publisher, sessions: sessions)
        endsWithClips = options.untilClipsEnd
        // Ends in the reverse order: first the cameras, then everybody who tells of them, then the broker hears that all is
        // off. Only then the listeners: somebody's slow request must not hold that up.
        services =
            Self.listeners(settings.api, try Self.certificate(settings, logger), door, logger) + [
                BrokerService(publisher: publisher, farewell: farewell),
                EventFlow(
                    queue: queue, store: storage.events, images: storage.images, sessions: sessions,
                    publisher: publisher, endings: endings, onEvent: options.onEvent),
                ControlFlow(registry: registry, publisher: publisher, samples: samples),
                HealthFlow(
                    registry: registry, sessions: sessions, publisher: publisher, statuses: statuses, changes: changes,
                    health: health, background: background, samples: samples, storage: storage),
                analysis,
            ] + Self.renewal(settings, logger)
    }

    private static func registry(
        _ limits: ProcessorRegistry.Limits, _ storage: Storage, _ sessions: Sessions, _ logger: Logger
    ) async throws -> ProcessorRegistry {
        do {
            return try await ProcessorRegistry.opening(
                storage.processors, isFirstStart: try await !storage.processors.hasEverHeldOne(),
                limits: limits, sessions: sessions,
                environment: .init(clock: ContinuousClock(), wallTime: { .now() }, newID: newID), logger: logger)
        } catch {
            throw CommandFailure(.unavailable, "the stream processors cannot be taken up: \(error)")
        }
    }

    /// Knows every camera and processor before it connects: what nobody has told by then is cleared on the broker.
    private static func publisher(
        _ settings: Settings, _ bootID: String, _ storage: Storage, _ registry: ProcessorRegistry,
        _ commands: HouseCommands, _ labels: Set<Label>, _ logger: Logger
    ) async throws -> Publisher {
        do {
            let publisher = try Publisher(
                settings: settings.mqtt, deviceID: settings.deviceID, bootID: bootID, outbox: storage.events,
                commands: commands, labels: labels, pictures: settings.pictures, version: programVersion,
                registerFile: registerFile(settings), logger: logger)
            for camera in settings.cameras {
                publisher.cameraChanged(camera.name, isOnline: false, health: ["reason": "starting"])
            }
            for processor in await registry.list() { publisher.processorChanged(processor) }
            return publisher
        } catch {
            throw CommandFailure(.unavailable, "mqtt: \(error)")
        }
    }

    /// Where the retained topics of this box are remembered.
    static func registerFile(_ settings: Settings) -> String { settings.storage.directory + "/retained-topics.json" }

    private static func keys(_ settings: Settings, _ logger: Logger) throws -> KeyRing {
        do {
            return try KeyRing(file: CredentialsFile(storage: settings.storage.directory), logger: logger)
        } catch {
            throw CommandFailure(.unavailable, "\(error)")
        }
    }

    /// Nil = the API goes without TLS.
    private static func certificate(_ settings: Settings, _ logger: Logger) throws -> APISettings.TLS? {
        switch settings.api.tls {
        case nil: return nil
        case .files(let files): return files
        case .own:
            let own = OwnCertificate(storage: settings.storage.directory)
            do {
                let names = LocalNames.all(listeningAt: settings.api.address)
                let state = try own.state(for: names, at: .now())
                logger.notice(
                    "TLS with the box's own certificate",
                    metadata: [
                        "trust": "\(own.authorityFile)", "for": "\(names.joined(separator: ", "))",
                        "until": "\(state.endsAt)",
                    ])
                return state.files
            } catch {
                throw CommandFailure(.unavailable, "\(error)")
            }
        }
    }

    /// The box's own certificate is looked after as long as the API is served with it.
    private static func renewal(_ settings: Settings, _ logger: Logger) -> [any Service] {
        guard case .own = settings.api.tls else { return [] }
        let own = OwnCertificate(storage: settings.storage.directory)
        return [CertificateRenewal(own, listeningAt: settings.api.address, logger: logger)]
    }

    private static func listeners(
        _ api: APISettings, _ tls: APISettings.TLS?, _ door: RequestHandler, _ logger: Logger
    ) -> [any Service] {
        let tcp = HTTPListener.Address.tcp(
            address: api.address, port: api.port, tls: tls, plaintext: api.plaintext)
        let addresses = [tcp] + (api.socket.map { [.unixSocket(path: $0)] } ?? [])
        return addresses.map { address in
            HTTPListener(address: address, door: door, logger: logger) { port in
                let place = port.map { "\(api.address):\($0)" } ?? api.socket ?? ""
                logger.notice("API answers", metadata: ["at": "\(place)"])
            }
        }
    }
}
