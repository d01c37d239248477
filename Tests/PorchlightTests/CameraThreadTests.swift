import Base
import Decode
import Gate
import Logging
import Porchlight
import Runtime
import Settings
import Synchronization
import Testing

/// Gives what a test says, step by step, and asks for the end when nothing is left.
private final class ScriptedSource: FrameSource {
    enum Moment {
        case refusesToOpen(DecodeError)
        case step(SourceStep)
        case counts(SourceCounts)
        case fails(DecodeError)
        /// The test looks around.
        case look(() -> Void)
    }

    let running = "a script"
    private(set) var counts = SourceCounts()
    private(set) var opened = 0
    private(set) var closed = 0
    /// What was to be decoded, step by step.
    private(set) var forms: [PictureForm] = []
    private var moments: [Moment]
    private let stop: StopSignal

    init(_ moments: [Moment], stop: StopSignal) {
        self.moments = moments
        self.stop = stop
    }

    func open() throws -> [String] {
        opened += 1
        guard case .refusesToOpen(let error)? = moments.first else { return [] }
        moments.removeFirst()
        throw error
    }

    func close() { closed += 1 }
    func check() throws -> String? { nil }

    func next(within timeout: Duration, as form: (MonotonicTime) -> PictureForm) throws -> SourceStep {
        while !moments.isEmpty {
            switch moments.removeFirst() {
            case .step(let step):
                forms.append(form(MonotonicTime(nanoseconds: 1)))
                return step
            case .counts(let counts): self.counts = counts
            case .fails(let error), .refusesToOpen(let error): throw error
            case .look(let body): body()
            }
        }
        stop.request()
        return .nothing
    }
}

@Suite("A camera's thread")
struct CameraThreadTests {
    private let door: CameraName
    private let statuses: CameraStatusStore
    private let latest = LatestPictures()
    private let forecasts = InferenceForecasts()
    private let frames = LatestMailbox<CameraName, CameraPicture>()
    private let block = AnalysisBlock {}
    private let stop = StopSignal()

    init() throws {
        door = try #require(CameraName("door"))
        statuses = CameraStatusStore([door], block: block) {}
    }

    private func run(
        _ moments: [ScriptedSource.Moment], _ source: CameraSettings.Source = .v4l2(path: "/dev/video7")
    ) throws -> ScriptedSource {
        let size = try #require(PixelSize(width: 640, height: 480))
        let settings = CameraSettings(
            name: door, source: source, format: .auto, size: size, fps: 10, rotate: .none)
        let thread = CameraThread(
            settings: settings, frames: frames, statuses: statuses, latest: latest, forecasts: forecasts,
            beats: Heartbeats(), stop: stop, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let script = ScriptedSource(moments, stop: stop)
        thread.run(script)
        return script
    }

    private func picture(_ nanoseconds: Int64 = 1) throws -> CameraPicture {
        let frame = unsafe FramePool(capacity: 1).frame(
            .gray8, try #require(PixelSize(width: 8, height: 8)), isFullRange: true,
            capturedAt: MonotonicTime(nanoseconds: nanoseconds), sequence: 1, fill: { _, _, _ in })
        return CameraPicture(try #require(frame))
    }

    private var phase: CameraStatusStore.Phase? { statuses.phase(of: door) }

    @Test("a camera that can be opened is not online before it has sent a picture, and then it says what runs")
    func online() throws {
        var phases: [CameraStatusStore.Phase?] = []
        let look = ScriptedSource.Moment.look { phases.append(statuses.phase(of: door)) }
        let script = try run([.step(.nothing), look, .step(.picture(try picture())), look])
        #expect(phases == [.offline(reason: "starting"), .online])
        #expect(statuses.report(of: door)?.running == "a script" && statuses.report(of: door)?.framesIn == 1)
        #expect(frames.take() != nil && latest.picture(of: door) != nil)
        #expect(script.opened == 1 && script.closed == 1, "what was opened is closed")
    }

    @Test("a clip that has been played has ended, and its last picture is no snapshot any more")
    func ended() throws {
        _ = try run(
            [.step(.picture(try picture())), .step(.end)], .replay(path: "/clip.mp4", loop: false, pace: .full))
        #expect(phase == .ended && latest.picture(of: door) == nil)
        #expect(frames.take() != nil, "the analysis still gets it")
    }

    @Test("a source that says that trying again is of no use is given up, with the reason")
    func givenUp() throws {
        let error = DecodeError.unsupported(path: "/clip.mp4", what: "holds no pictures")
        let script = try run([.refusesToOpen(error)])
        #expect(phase == .gaveUp(reason: "\(error)") && script.closed == 1)
    }

    @Test("what a source has lost is counted once, also what it lost right before it failed")
    func losses() throws {
        let counts = SourceCounts(lost: 3, corrupt: 2, dropped: 1)
        let error = DecodeError.unsupported(path: "/clip.mp4", what: "holds no pictures")
        _ = try run([.counts(counts), .step(.nothing), .counts(.init(lost: 4, corrupt: 2, dropped: 1)), .fails(error)])
        let report = try #require(statuses.report(of: door))
        #expect(report.framesLost == 4 && report.framesCorrupt == 2 && report.framesDropped == 1)
    }

    @Test("a newer picture replaces one that nobody took, and that is counted")
    func replaced() throws {
        _ = try run([.step(.picture(try picture(1))), .step(.picture(try picture(2)))])
        #expect(statuses.report(of: door)?.framesDropped == 1)
        let taken = try #require(frames.take())
        #expect(taken.value.capturedAt == MonotonicTime(nanoseconds: 2))
    }

    @Test(
        "nothing is decoded of a picture that may be replaced unseen, and no more of the others than will be looked at")
    func forms() throws {
        let script = try run([
            .step(.picture(try picture())), .step(.nothing), .look { _ = frames.take() }, .step(.nothing),
            .look { forecasts.expect(.never, of: door) }, .step(.nothing),
        ])
        #expect(script.forms == [.whole, .asSent, .whole, .preview])
    }

    @Test("a camera that is not online yet has its pictures looked at for damage, though one still waits")
    func formBeforeOnline() throws {
        frames.put(try picture(), for: door)
        #expect(try run([.step(.nothing)]).forms == [.whole])
    }

    @Test("while nobody looks at the pictures an online camera is told as offline, and its thread's own word is kept")
    func blocked() throws {
        _ = try run([.step(.picture(try picture()))])
        block.set("the analysis hangs")
        block.set("the analysis hangs")
        #expect(statuses.report(of: door)?.phase == .offline(reason: "the analysis hangs"))
        #expect(statuses.reports.map(\.report.phase) == [.offline(reason: "the analysis hangs")])
        #expect(phase == .online && block.count == 1)
        block.set(nil)
        #expect(statuses.report(of: door)?.phase == .online)
        block.set("again")
        #expect(block.count == 2)
    }
}
