package import Base
import Runtime
package import Settings

/// One target of the config file.
package struct TargetSettings: Sendable {
    package var name: String
    package var kind: String
    package var target: any NoticeTarget
    package var rules: VisitRules
    package var quietHours: QuietHours?
    package var tellsTroubles: Bool
    package var sendsPictures: Bool
    /// Of the authorities that certificates are judged by.
    package var caFile: String
    /// For one attempt, from the name lookup to the end of the answer.
    package var timeout: Duration

    package init(
        name: String, kind: String, target: any NoticeTarget, rules: VisitRules = VisitRules(),
        quietHours: QuietHours? = nil, tellsTroubles: Bool = false, sendsPictures: Bool = true,
        caFile: String = Self.usualAuthorities, timeout: Duration = .seconds(30)
    ) {
        self.name = name
        self.kind = kind
        self.target = target
        self.rules = rules
        self.quietHours = quietHours
        self.tellsTroubles = tellsTroubles
        self.sendsPictures = sendsPictures
        self.caFile = caFile
        self.timeout = timeout
    }

    package static let usualAuthorities = "/etc/ssl/certs/ca-certificates.crt"
}

/// How long things are waited for and kept.
package struct NoticeLimits: Sendable, Equatable {
    /// After the first event of a visit, for its picture.
    package var pictureWait = Duration.seconds(3)
    /// Likewise, for its name, where faces are searched.
    package var nameWait = Duration.seconds(5)
    /// Events that waited in the box are told when they are not older.
    package var replayedAge = Duration.seconds(30 * 60)
    /// What could not be told for so long is dropped.
    package var mostAge = Duration.seconds(6 * 3600)
    package var mostNotices = 200
    package var mostPictureBytes = 32 << 20

    package init() {}
}

/// The config file of `porchlight-notify`, checked.
package struct NotifySettings: Sendable {
    package static let mostTargets = 16

    package var deviceID: String
    package var mqtt: MQTTSettings
    package var directory: String
    package var limits: NoticeLimits
    package var logLevel: LogSettings.Level
    /// In the order of their names.
    package var targets: [TargetSettings]

    /// The checked settings, or nil with every problem of the file in `problems`.
    /// - Parameter defaultDeviceID: the box that is meant when the file names none: the one on this machine.
    package init?(checking json: JSONValue, defaultDeviceID: String, _ problems: inout [SettingProblem]) {
        let before = problems.count
        let shared = ["visits", "quietHours", "troubles"]
        let keys = ["deviceId", "mqtt", "storage", "wait", "replayed", "queue", "log", "targets"] + shared
        let file = SettingObject(json, at: .root, keys: keys, &problems)
        deviceID = file.text("deviceId", default: defaultDeviceID, .topicSegment, &problems)
        mqtt = MQTTSettings(file, &problems)
        directory = file.object("storage", keys: ["directory"], &problems)
            .text("directory", default: "/var/lib/porchlight-notify", .absolutePath, &problems)
        logLevel = file.object("log", keys: ["level"], &problems).choice("level", default: .notice, &problems)
        let usual = SharedRules(file, SharedRules(), &problems)
        targets = Self.targets(file, usual, shared, &problems)
        limits = NoticeLimits(file, &problems)
        guard problems.count == before else { return nil }
    }

    private static func targets(
        _ file: SettingObject, _ usual: SharedRules, _ shared: [String], _ problems: inout [SettingProblem]
    ) -> [TargetSettings] {
        let path = file.path["targets"]
        guard let entries = file["targets"]?.object, !entries.isEmpty else {
            let example = "{ \"phone\": { \"kind\": \"ntfy\", \"url\": \"https://ntfy.sh/…\" } }"
            problems.append(SettingProblem(path, file["targets"], "must name at least one target: \(example)"))
            return []
        }
        if entries.count > mostTargets {
            problems.append(SettingProblem(path, "holds \(entries.count) targets; at most \(mostTargets) fit"))
        }
        return entries.keys.sorted().compactMap { name in
            TargetSettings(named: name, entries[name], at: path[name], usual, shared, &problems)
        }
    }
}

/// What may stand at the top of the file for all targets, and in a target for itself.
private struct SharedRules {
    var rules = VisitRules()
    var quietHours: QuietHours?
    var tellsTroubles = false

    init() {}

    init(_ entry: SettingObject, _ usual: SharedRules, _ problems: inout [SettingProblem]) {
        self = usual
        if let visits = entry.optionalObject(
            "visits", keys: ["processors", "labels", "minConfidence", "names", "exceptNames"], &problems)
        {
            rules = VisitRules(visits, &problems)
        }
        // Null takes back what stands at the top.
        if entry["quietHours"] != nil {
            quietHours = entry.optionalObject("quietHours", keys: ["from", "until", "then"], &problems).flatMap {
                QuietHours($0, &problems)
            }
        }
        tellsTroubles = entry.flag("troubles", default: usual.tellsTroubles, &problems)
    }
}

extension TargetSettings {
    fileprivate init?(
        named name: String, _ value: JSONValue?, at path: SettingPath, _ usual: SharedRules, _ shared: [String],
        _ problems: inout [SettingProblem]
    ) {
        let before = problems.count
        if CameraName(name) == nil {
            problems.append(SettingProblem(path, "a target's name must be 1–64 characters of a-z A-Z 0-9 _ -"))
        }
        let kinds = TargetTable.kinds
        guard let type = kinds.first(where: { $0.kind == value?["kind"]?.string }) else {
            let known = kinds.map { $0.kind }.joined(separator: ", ")
            problems.append(SettingProblem(path["kind"], value?["kind"], "must be one of: \(known)"))
            return nil
        }
        let common = ["kind", "picture", "caFile", "timeoutSeconds"] + shared
        let entry = SettingObject(value, at: path, keys: type.keys + common, &problems)
        let rules = SharedRules(entry, usual, &problems)
        let sendsPictures = entry.flag("picture", default: true, &problems)
        let caFile = entry.text("caFile", default: Self.usualAuthorities, .absolutePath, &problems)
        let seconds = entry.whole("timeoutSeconds", in: 1...300, default: 30, &problems)
        guard let target = type.init(entry, &problems), problems.count == before else { return nil }
        self.init(
            name: name, kind: type.kind, target: target, rules: rules.rules, quietHours: rules.quietHours,
            tellsTroubles: rules.tellsTroubles, sendsPictures: sendsPictures, caFile: caFile,
            timeout: .seconds(seconds))
    }
}

extension VisitRules {
    fileprivate init(_ entry: SettingObject, _ problems: inout [SettingProblem]) {
        self.init(
            processors: entry.words("processors", &problems).map(Set.init),
            labels: entry.words("labels", known: Label.allCases.flatMap { [$0.rawValue, $0.topic] }, &problems)
                .map { Set($0.map { $0.lowercased() }) },
            minConfidence: Double(entry.whole("minConfidence", in: 0...100, default: 0, &problems)),
            names: entry.words("names", &problems).map(Set.init),
            exceptNames: Set(entry.words("exceptNames", &problems) ?? []))
    }
}

extension SettingObject {
    /// A list of texts; nil when the key is absent or null.
    fileprivate func words(
        _ key: String, known: [String]? = nil, _ problems: inout [SettingProblem]
    ) -> [String]? {
        guard let value = self[key], value != .null else { return nil }
        let words = value.array?.compactMap { Visit.word($0) } ?? []
        let isKnown = known.map { known in words.allSatisfy(known.contains) } ?? true
        guard let items = value.array, !items.isEmpty, items.count <= 256, words.count == items.count, isKnown else {
            let what = known.map { "words of: \($0.joined(separator: ", "))" } ?? "1 to 256 names"
            problems.append(SettingProblem(path[key], value, "must be a list of \(what); leave it out for all"))
            return nil
        }
        return words
    }
}

extension QuietHours {
    fileprivate init?(_ entry: SettingObject, _ problems: inout [SettingProblem]) {
        func minute(_ key: String) -> Int? {
            if let minute = entry[key]?.string.flatMap(Self.minute) { return minute }
            problems.append(SettingProblem(entry.path[key], entry[key], "must be a time of day such as \"22:30\""))
            return nil
        }
        let (from, until) = (minute("from"), minute("until"))
        let then = entry.choice("then", default: Then.skip, &problems)
        guard let from, let until else { return nil }
        guard from != until else {
            problems.append(SettingProblem(entry.path, "ends when it begins; leave it out, or name other times"))
            return nil
        }
        self.init(from: from, until: until, then: then)
    }
}

extension NoticeLimits {
    fileprivate init(_ file: SettingObject, _ problems: inout [SettingProblem]) {
        self.init()
        let wait = file.object("wait", keys: ["pictureSeconds", "nameSeconds"], &problems)
        pictureWait = .seconds(wait.whole("pictureSeconds", in: 0...60, default: 3, &problems))
        nameWait = .seconds(wait.whole("nameSeconds", in: 0...60, default: 5, &problems))
        let replayed = file.object("replayed", keys: ["maxMinutes"], &problems)
        replayedAge = .seconds(60 * replayed.whole("maxMinutes", in: 0...100_000, default: 30, &problems))
        let queue = file.object("queue", keys: ["maxHours", "maxNotices", "maxMegabytes"], &problems)
        mostAge = .seconds(3600 * queue.whole("maxHours", in: 1...168, default: 6, &problems))
        mostNotices = queue.whole("maxNotices", in: 1...1000, default: 200, &problems)
        mostPictureBytes = queue.whole("maxMegabytes", in: 1...1024, default: 32, &problems) << 20
    }
}
