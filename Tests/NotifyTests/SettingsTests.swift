import Base
import Foundation
import Notify
import Settings
import Testing

@Suite("the config of porchlight-notify") struct NotifySettingsTests {
    @Test("the smallest config is one target; the rest is usual")
    func smallest() throws {
        let (found, problems) = settings(
            #"{"targets": {"phone": {"kind": "ntfy", "url": "https://ntfy.sh/a"}}}"#)
        #expect(problems == [])
        let checked = try #require(found)
        #expect(checked.deviceID == "box" && checked.limits == NoticeLimits())
        #expect(checked.targets.map(\.kind) == ["ntfy"])
    }

    @Test("the example config is right, and docs/notify.md explains its keys")
    func example() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let text = try String(contentsOf: root.appendingPathComponent("config/notify.example.json"), encoding: .utf8)
        let (found, problems) = settings(text)
        #expect(problems == [])
        #expect(Set(try #require(found).targets.map(\.kind)) == Set(TargetTable.kinds.map { $0.kind }))
        let page = try String(contentsOf: root.appendingPathComponent("docs/notify.md"), encoding: .utf8)
        let ownNames = ["phone", "family", "house", "mailbox"]
        // What the daemon's config has alike is explained there.
        let daemons = ["deviceId", "mqtt", "storage", "directory", "log", "level", "topicPrefix", "tls"]
        for match in text.matches(of: /"([A-Za-z]+)":/) where !(ownNames + daemons).contains(String(match.1)) {
            #expect(page.contains(match.1), "\(match.1) is not explained")
        }
        for kind in TargetTable.kinds {
            for key in kind.keys { #expect(page.contains("`\(key)`") || page.contains("\"\(key)\""), "\(key)") }
        }
    }

    @Test("targets take what stands at the top, or their own instead, or nothing with null")
    func shared() throws {
        let (found, problems) = settings(
            """
            {"quietHours": {"from": "22:00", "until": "06:00"}, "visits": {"labels": ["PERSON"]}, "troubles": true,
             "targets": {
               "a": {"kind": "webhook", "url": "https://h.lan/a"},
               "b": {"kind": "webhook", "url": "https://h.lan/b", "quietHours": null, "troubles": false,
                     "visits": {"minConfidence": 70}}}}
            """)
        #expect(problems == [])
        let targets = try #require(found).targets
        #expect(targets[0].quietHours?.from == 22 * 60 && targets[0].tellsTroubles)
        #expect(targets[0].rules.labels == ["person"])
        #expect(targets[1].quietHours == nil && !targets[1].tellsTroubles)
        #expect(targets[1].rules == VisitRules(minConfidence: 70))
    }

    @Test(
        "what would leak, never work or be misunderstood is a problem that names its place",
        arguments: [
            (#""kind": "webhook", "url": "http://h.lan/a""#, "targets.it.url"),
            (#""kind": "webhook", "url": "https://me:secret@h.lan/a""#, "targets.it.url"),
            (#""kind": "webhook", "url": "file:///etc/passwd""#, "targets.it.url"),
            (#""kind": "webhook", "url": "https://h.lan/a", "token": "x""#, "targets.it.token"),
            (#""kind": "webhook""#, "targets.it.url"),
            (#""kind": "ntfy", "url": "https://ntfy.sh""#, "targets.it.url"),
            (#""kind": "pigeon""#, "targets.it.kind"),
            (#""kind": "telegram", "chatId": 1"#, "targets.it.tokenFile"),
            (#""kind": "telegram", "tokenFile": "/s/t""#, "targets.it.chatId"),
            (#""kind": "email", "host": "m.lan", "from": "a@b", "to": "c"  "#, "targets.it.to"),
            (#""kind": "email", "host": "m.lan", "from": "a@b\nc", "to": "c@d""#, "targets.it.from"),
            (
                #""kind": "email", "host": "m.lan", "from": "a@b", "to": "c@d", "security": "none""#,
                "targets.it.security"
            ),
            (
                #""kind": "ntfy", "url": "https://n.sh/a", "quietHours": {"from": "7", "until": "08:00"}"#,
                "targets.it.quietHours.from"
            ),
            (#""kind": "ntfy", "url": "https://n.sh/a", "visits": {"labels": ["DOG"]}"#, "targets.it.visits.labels"),
        ])
    func problems(members: String, place: String) {
        let (found, problems) = settings("{\"targets\": {\"it\": {\(members)}}}")
        #expect(found == nil)
        #expect(problems.contains { $0.hasPrefix("\(place): ") }, "\(problems)")
        #expect(!problems.joined().contains("me:secret") || place == "targets.it.url")
    }

    @Test("plain HTTP is for this machine, or for those who say that they mean it")
    func plaintext() {
        for url in ["http://127.0.0.1:80/a", "http://localhost/a", "http://[::1]:8080/a"] {
            #expect(target("\"kind\": \"ntfy\", \"url\": \"\(url)\"") != nil, "\(url)")
        }
        #expect(target(#""kind": "ntfy", "url": "http://n.lan/a", "plaintext": true"#) != nil)
    }
}
