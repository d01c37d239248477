import Base
import Notify
import Settings
import Testing

/// A day in November, 21:00 UTC; local clocks in these tests show UTC.
let evening = WallTime(milliseconds: 1_795_986_000_000)

func moment(_ seconds: Int, at wall: WallTime = evening) -> Moment {
    Moment(
        monotonic: MonotonicTime(nanoseconds: Int64(seconds) * 1_000_000_000),
        wall: WallTime(milliseconds: wall.milliseconds + Int64(seconds) * 1000))
}

let jpeg: [UInt8] = [0xff, 0xd8, 1, 2, 3, 0xff, 0xd9]

/// The message of an event, with what a test changes.
func event(_ id: String, _ phase: String = "started", at time: WallTime = evening, _ changes: [String: JSONValue] = [:])
    -> JSONValue
{
    let usual: [String: JSONValue] = [
        "id": .string(id), "phase": .string(phase), "event_type": "person", "processor": "door", "camera": "cam",
        "confidence": 80, "time": .string(time.rfc3339), "since": .string(time.rfc3339), "timeQuality": "synchronized",
        "replayed": false,
    ]
    return .object(usual.merging(changes) { _, new in new })
}

func event(_ id: String, _ changes: [String: JSONValue]) -> JSONValue { event(id, "started", changes) }

/// Settings from a config file's text; nil with the problems when it is wrong.
func settings(_ text: String) -> (NotifySettings?, [String]) {
    var problems: [SettingProblem] = []
    guard let json = JSONValue(parsing: Array(text.utf8)) else { return (nil, ["no JSON"]) }
    let settings = NotifySettings(checking: json, defaultDeviceID: "box", &problems)
    return (settings, problems.map(\.description))
}

/// A target of the config file.
func target(_ members: String) -> TargetSettings? {
    settings("{\"targets\": {\"it\": {\(members)}}}").0?.targets.first
}

/// A webhook that wants what `rules` say.
func hook(
    _ name: String = "house", _ rules: VisitRules = VisitRules(), quiet: QuietHours? = nil, troubles: Bool = false,
    pictures: Bool = false
) throws -> TargetSettings {
    let any = try #require(target(#""kind": "webhook", "url": "https://house.lan/hook""#))
    return TargetSettings(
        name: name, kind: any.kind, target: any.target, rules: rules, quietHours: quiet, tellsTroubles: troubles,
        sendsPictures: pictures)
}

/// A book that tests ask in the middle of an expectation.
final class Book {
    private(set) var value: NoticeBook

    init(_ targets: TargetSettings..., limits: NoticeLimits = NoticeLimits()) {
        value = NoticeBook(deviceID: "box", targets: targets, limits: limits, secondsAhead: { _ in 0 })
    }

    var notices: [Notice] { value.notices }
    var settled: [NoticeBook.Settled] { value.settled }
    var counters: NoticeBook.Counters { value.counters }
    var status: JSONValue { value.status }

    func heard(event: JSONValue, at now: Moment) { value.heard(event: event, at: now) }
    func heard(picture: [UInt8], processor: String = "door", label: String = "person", at now: Moment) {
        value.heard(picture: picture, processor: processor, label: label, at: now)
    }
    func heard(state topic: String, _ text: String, at now: Moment) {
        value.heard(state: topic, Array(text.utf8), at: now)
    }
    func tick(at now: Moment) { value.tick(at: now) }
    func nextDelivery(to target: TargetSettings, at now: Moment) -> NoticeBook.Delivery? {
        value.nextDelivery(to: target, at: now)
    }
    func abandoned(_ delivery: NoticeBook.Delivery, to target: String) { value.abandoned(delivery, to: target) }
    func pictureIsLost(_ number: UInt64) { value.pictureIsLost(number) }
    func restore(_ contents: BookFile.Contents, at now: Moment) { value.restore(contents, at: now) }
    func takeDiskWork(clientID: String = "client") throws -> DiskWork {
        let work = value.takeDiskWork(clientID: clientID)
        return try #require(work)
    }
    func stored(_ work: DiskWork) { value.stored(work) }
    func notStored(_ work: DiskWork, _ problem: String) { value.notStored(work, problem) }

    /// Tells this target what waits for it now, one after the other, and says what came.
    func deliver(to target: TargetSettings, at now: Moment, _ verdict: Verdict = .taken) -> [NoticeBook.Delivery] {
        var told: [NoticeBook.Delivery] = []
        while let delivery = nextDelivery(to: target, at: now) {
            told.append(delivery)
            value.finished(delivery, to: target.name, verdict, at: now, random: 0)
        }
        return told
    }

    func count(_ target: String, _ path: String...) -> Int? {
        path.reduce(status["targets"]?[target]) { $0?[$1] }?.int
    }
}
