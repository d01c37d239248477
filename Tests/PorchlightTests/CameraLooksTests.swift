import Base
import Control
import Decode
import Gate
import Porchlight
import Runtime
import Testing

/// Sees nothing, and writes down what it was shown.
private final class ScriptedDetector: ObjectDetecting {
    var shown: [String] = []
    var whole: [Detection] = []
    var part: [Detection] = []

    func detections(in frame: Frame, of camera: CameraName?) -> [Detection] {
        shown.append(camera.map { "\($0) \(frame.sequence)" } ?? "a single picture")
        return whole
    }

    func detections(in frame: Frame, within part: NormalizedBox) -> [Detection] {
        shown.append("part of \(frame.sequence)")
        return self.part
    }

    func detections(in crop: FaceCrop) -> [Detection] { [] }

    func inputShape(for picture: PixelSize) -> PixelSize { picture }
}

private final class Audience: CameraLookListener {
    var running: [ActiveProcessor] = []
    var mayLook = true
    var watched: CameraName?
    var seen: [SeenLook] = []
    /// Why faces were not looked for.
    var troubles: [String] = []
    /// Without the pictures, of which a pool has few.
    var looks: [(picture: UInt64, events: [Event], secondLook: SecondLooks.Outcome)] = []
    /// For pictures that did not come as frames.
    var decoder: PictureDecoder?

    func work(of camera: CameraName) -> ActiveProcessors.Work {
        ActiveProcessors.Work(running: running.filter { $0.camera == camera })
    }

    func forgetsBackground(of camera: CameraName) -> Bool { false }
    func isWatched(_ camera: CameraName) -> Bool { watched == camera }

    func decode(_ picture: CameraPicture, as form: PictureForm, of camera: CameraName) -> Bool {
        (try? decoder?.decode(picture, as: form)) ?? false
    }

    func decode(_ picture: CameraPicture, of camera: CameraName, _ trace: inout FrameTrace) -> Frame? {
        picture.preview.flatMap { $0.isEighth ? try? decoder?.frame(of: picture) : $0.frame }
    }

    func hasPassedOver(_ camera: CameraName, _ forecast: InferenceForecast, _ trace: FrameTrace) {}
    func hasLooked(_ look: CameraLooks.Finished) {
        looks.append((look.frame.sequence, look.events, look.secondLook))
        if let look = look.seen { seen.append(look) }
    }
    func tell(_ events: [Event], of camera: CameraName) {}
    func sees(_ view: CameraView, of camera: CameraName) {}
}

/// Networks for faces that see none, and write down what they were shown.
private final class ScriptedFaces {
    private final class Detector: ObjectDetecting {
        var show: (String) -> Void = { _ in }

        func detections(in frame: Frame, of camera: CameraName?) -> [Detection] {
            show("front? \(frame.sequence)")
            return []
        }

        func detections(in frame: Frame, within part: NormalizedBox) -> [Detection] {
            show("part of \(frame.sequence)")
            return []
        }

        func detections(in crop: FaceCrop) -> [Detection] {
            show("close-up")
            return []
        }

        func inputShape(for picture: PixelSize) -> PixelSize { picture }
    }

    private final class Embedder: FaceEmbedding {
        let model: FaceModel
        let template = FaceTemplate.usual
        let side = 96

        init(_ curve: SimilarityCurve) { model = FaceModel(identity: "faces 1", dimension: 2, similarity: curve) }

        func vector(of crop: FaceCrop) -> FaceVector? { FaceVector([1, 0]) }
    }

    var shown: [String] = []
    var failure: FaceNetworks.Failure?
    private(set) lazy var networks = FaceNetworks(
        loadDetector: { [unowned self] () throws(FaceNetworks.Failure) in
            if let failure { throw failure }
            let detector = Detector()
            detector.show = { [unowned self] in shown.append($0) }
            return detector
        },
        loadEmbedder: { () throws(FaceNetworks.Failure) in
            guard let curve = SimilarityCurve(slope: 30, middle: 0.4) else {
                throw FaceNetworks.Failure(why: "no curve")
            }
            return Embedder(curve)
        })
}

/// Two cameras in front of which a cat walks, far away.
private struct Scene {
    let detector = ScriptedDetector()
    let faces = ScriptedFaces()
    let audience = Audience()
    let counters = WorkCounters()
    let pictures: CameraLooks.Mailbox
    let looks: CameraLooks
    let scheduler: InferenceScheduler
    let front: CameraName
    let yard: CameraName
    private let pool = FramePool(capacity: 8)

    init() throws {
        front = try #require(CameraName("front"))
        yard = try #require(CameraName("yard"))
        pictures = CameraLooks.mailbox(counters)
        let secondLooks = SecondLooks(counters)
        let faceLooks = FaceLooks(counters) { [audience] in audience.troubles.append($0) }
        looks = CameraLooks(
            [front, yard].map { CameraPipeline(camera: $0, hasOwnTime: true) }, pictures, secondLooks, faceLooks,
            counters,
            unbounded: [front, yard], listener: audience)
        scheduler = InferenceScheduler(
            models: ModelSet(detector: detector, faces: faces.networks), clients: [looks, secondLooks, faceLooks],
            counters: counters)
        audience.running = [front, yard].map { camera in
            ActiveProcessor(
                name: ProcessorName(camera), camera: camera,
                settings: AnalysisSettings(
                    ConnectedHomePlan(labelNames: ["ALL"], labels: [.person, .pet], minConfidence: .half, regions: []),
                    revision: 1),
                sessionID: "\(camera)", dataSharingOptIn: false)
        }
        // The gate learns the empty scene; nothing moves in it.
        for number in 0..<30 {
            for camera in [front, yard] { try put(number, of: camera, isEmpty: true) }
            while scheduler.turn(within: .zero) {}
        }
        (detector.shown, audience.looks) = ([], [])
    }

    func put(_ number: Int, of camera: CameraName, isEmpty: Bool = false) throws {
        pictures.put(CameraPicture(try frame(number, isEmpty: isEmpty)), for: camera)
    }

    private func frame(_ number: Int, isEmpty: Bool) throws -> Frame {
        let cat = (300 + 8 * (number % 30))..<(340 + 8 * (number % 30))
        let size = try #require(PixelSize(width: 640, height: 360))
        let frame = unsafe pool.frame(
            .gray8, size, isFullRange: true, capturedAt: MonotonicTime(nanoseconds: Int64(number) * 100_000_000),
            sequence: UInt64(number)
        ) { _, bytes, plane in
            for index in 0..<bytes.count {
                let (row, column) = (index / plane.stride, index % plane.stride)
                let isCat = !isEmpty && (200..<240).contains(row) && cat.contains(column)
                unsafe bytes[index] = isCat ? 220 : UInt8(80 + (column + row) % 3)
            }
        }
        return try #require(frame)
    }

    /// A JPEG of which nothing has been decoded.
    func jpeg(_ number: Int, isDamaged: Bool = false) throws -> CameraPicture {
        let frame = try frame(number, isEmpty: false), whole = try JPEGEncoder().encode(frame, quality: 95)
        let bytes = isDamaged ? Array(whole.prefix(whole.count / 2)) : whole
        let outcome = try unsafe bytes.withUnsafeBytes { bytes in
            try PictureDecoder().take(
                unsafe CapturedPicture(
                    bytes: bytes, format: .mjpg, size: frame.size, stride: 0, isFullRange: true,
                    capturedAt: frame.capturedAt, sequence: frame.sequence),
                into: PicturePool(capacity: 2, rotation: .none), as: .asSent)
        }
        guard case .picture(let picture) = outcome else { throw DecodeError.corrupt("no room") }
        return picture
    }

    func turns(_ count: Int) -> [String] {
        detector.shown = []
        for _ in 0..<count { scheduler.turn(within: .zero) }
        return detector.shown
    }
}

extension Scene {
    /// From now on the camera's session searches faces.
    func searchFaces(of camera: CameraName) throws {
        let family = try #require(CollectionID("family"))
        let plan = try #require(FaceSearchPlan(collectionID: family))
        audience.running = [
            ActiveProcessor(
                name: ProcessorName(camera), camera: camera,
                settings: AnalysisSettings(plan: .faceSearch(plan), revision: 1), sessionID: "faces",
                dataSharingOptIn: false)
        ]
    }
}

@Suite("Looks at the faces of cameras' pictures")
struct FaceLooksTests {
    private func person() throws -> Detection {
        Detection(
            label: .person, className: "person", confidence: Confidence(clamping: 0.9),
            box: try #require(NormalizedBox(left: 0.4, top: 0.3, width: 0.2, height: 0.6)))
    }

    @Test("without a session that searches them nobody looks for faces, and no network for them is loaded")
    func off() throws {
        let scene = try Scene()
        scene.detector.whole = [try person()]
        for number in 31...33 {
            try scene.put(number, of: scene.front)
            _ = scene.turns(3)
        }
        #expect(scene.audience.looks.count == 3)
        #expect(scene.faces.shown.isEmpty && !scene.faces.networks.isLoaded)
        #expect(scene.counters.counts(of: FaceLooks.kind) == WorkCounters.Counts())
    }

    @Test("where a person stands faces are looked for before the look is told, and before the camera's next picture")
    func inOrder() throws {
        let scene = try Scene()
        try scene.searchFaces(of: scene.front)
        scene.detector.whole = [try person()]
        try scene.put(31, of: scene.front)
        while scene.scheduler.turn(within: .zero) {}
        #expect(scene.faces.shown == ["part of 31"] && scene.audience.looks.map(\.picture) == [31])
        try scene.put(32, of: scene.front)
        _ = scene.turns(1)
        #expect(scene.looks.isBusy(with: scene.front) && scene.audience.looks.count == 1)
        while scene.scheduler.turn(within: .zero) {}
        #expect(scene.faces.shown == ["part of 31", "part of 32"])
        #expect(scene.audience.looks.map(\.picture) == [31, 32])
        #expect(scene.counters.counts(of: FaceLooks.kind).done == 2)
    }

    @Test("where something moves and no person was found the whole picture is looked at: only a face may show")
    func onlyMotion() throws {
        let scene = try Scene()
        try scene.searchFaces(of: scene.front)
        try scene.put(31, of: scene.front)
        while scene.scheduler.turn(within: .zero) {}
        #expect(scene.faces.shown == ["front? 31"])
    }

    @Test("networks that cannot be used are told of once, and the looks go on without faces")
    func missing() throws {
        let scene = try Scene()
        scene.faces.failure = FaceNetworks.Failure(why: "no file")
        try scene.searchFaces(of: scene.front)
        scene.detector.whole = [try person()]
        for number in 31...33 {
            try scene.put(number, of: scene.front)
            while scene.scheduler.turn(within: .zero) {}
        }
        #expect(scene.audience.looks.map(\.picture) == [31, 32, 33])
        #expect(scene.audience.troubles == ["no file"])
    }

    @Test("networks that nobody has needed for a while are given back, and loaded again when somebody does")
    func released() throws {
        let faces = ScriptedFaces(), start = MonotonicTime.now()
        _ = try faces.networks.finder(wantsVectors: true, at: start)
        faces.networks.releaseUnused(at: start + .seconds(60))
        #expect(faces.networks.isLoaded && faces.networks.model != nil)
        faces.networks.releaseUnused(at: start + FaceNetworks.kept + .seconds(1))
        #expect(!faces.networks.isLoaded && faces.networks.model == nil)
        _ = try faces.networks.finder(wantsVectors: false, at: start + .seconds(300))
        #expect(faces.networks.isLoaded && faces.networks.model == nil)
    }
}

@Suite("Looks at cameras' pictures")
struct CameraLooksTests {
    private func cat(_ confidence: Float) throws -> Detection {
        Detection(
            label: .pet, className: "cat", confidence: Confidence(clamping: confidence),
            box: try #require(NormalizedBox(left: 0.45, top: 0.55, width: 0.15, height: 0.12)))
    }

    @Test("what a look has seen is put together for a camera that somebody watches, and for no other")
    func watched() throws {
        let scene = try Scene()
        scene.detector.whole = [try cat(0.6)]
        scene.audience.watched = scene.yard
        for number in 31...33 {
            for camera in [scene.front, scene.yard] { try scene.put(number, of: camera) }
            while scene.scheduler.turn(within: .zero) {}
        }
        #expect(scene.audience.seen.map(\.camera) == [scene.yard, scene.yard, scene.yard])
        let last = try #require(scene.audience.seen.last)
        #expect(last.things.map(\.detection) == [try cat(0.6)] && last.size.width == 640)
        #expect(last.things.first?.verdicts.first?.processor.text == "yard")
        #expect(!last.motion.areas.isEmpty && !last.motion.isEverywhere, "the cat's shape moves")
    }

    @Test("a picture whose second look waits is finished before the camera's next one")
    func inOrder() throws {
        let scene = try Scene()
        try scene.put(31, of: scene.front)
        #expect(scene.turns(1) == ["front 31"])
        #expect(scene.looks.isBusy(with: scene.front) && scene.audience.looks.isEmpty)
        try scene.put(32, of: scene.front)
        #expect(scene.turns(2) == ["part of 31", "front 32"])
        #expect(scene.audience.looks.map(\.picture) == [31])
        #expect(scene.audience.looks.map(\.secondLook) == [.taken])
    }

    @Test("the camera that has waited longest comes next")
    func fair() throws {
        let scene = try Scene()
        try scene.put(31, of: scene.yard)
        try scene.put(31, of: scene.front)
        try scene.put(32, of: scene.yard)
        #expect(scene.turns(4) == ["yard 32", "part of 32", "front 31", "part of 31"])
        #expect(scene.counters.counts(of: CameraLooks.kind).refused == 1, "the picture that was replaced")
    }

    @Test("what the crop shows where something moves is found beside what the whole picture shows")
    func merged() throws {
        let scene = try Scene()
        scene.detector.part = [try cat(0.6)]
        for number in 31...36 {
            try scene.put(number, of: scene.front)
            _ = scene.turns(2)
        }
        #expect(scene.audience.looks.flatMap(\.events).map(\.label) == [.pet])
    }

    @Test("a camera that is lost while a second look waits: nothing follows from it, and later pictures are looked at")
    func lost() throws {
        let scene = try Scene()
        try scene.put(31, of: scene.front)
        _ = scene.turns(1)
        scene.looks.endVisits(of: scene.front, .cameraLost)
        try scene.put(32, of: scene.front)
        #expect(scene.turns(3) == ["part of 31", "front 32", "part of 32"])
        #expect(scene.audience.looks.map(\.picture) == [32])
    }

    @Test("a processor that is stopped while a second look waits is told nothing of it")
    func stopped() throws {
        let scene = try Scene()
        scene.detector.whole = [try cat(0.6)]
        for number in 31...33 {
            try scene.put(number, of: scene.front)
            if number == 33 {
                _ = scene.turns(1)
                scene.audience.running = []
            }
            _ = scene.turns(2)
        }
        #expect(scene.audience.looks.count == 3)
        #expect(scene.audience.looks.flatMap(\.events).isEmpty)
    }

    @Test("a picture that nobody has decoded is decoded when its turn comes, and a damaged one is passed over")
    func asSent() throws {
        let scene = try Scene()
        scene.audience.decoder = try PictureDecoder()
        let picture = try scene.jpeg(31)
        #expect(picture.preview == nil)
        scene.pictures.put(try scene.jpeg(30, isDamaged: true), for: scene.front)
        #expect(scene.turns(1) == [] && !scene.looks.isBusy(with: scene.front))
        scene.pictures.put(picture, for: scene.front)
        #expect(scene.turns(1) == ["front 31"] && picture.isWhole)
    }

    @Test("while nobody can be told, pictures are taken and nothing is looked at")
    func blocked() throws {
        let scene = try Scene()
        scene.audience.mayLook = false
        try scene.put(31, of: scene.front)
        #expect(scene.turns(2) == [])
        #expect(!scene.looks.isBusy(with: scene.front))
    }
}
