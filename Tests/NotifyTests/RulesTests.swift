import Base
import Notify
import Testing

@Suite("who wants to hear of what") struct RulesTests {
    private func visit(_ changes: [String: JSONValue] = [:]) throws -> Visit {
        try #require(Visit(event: event("v", changes)))
    }

    @Test("processors, labels and confidence are filters; without them everything is told")
    func filters() throws {
        #expect(VisitRules().answer(on: try visit(), isNameAwaited: false) == .yes)
        #expect(VisitRules(processors: ["yard"]).answer(on: try visit(), isNameAwaited: false) == .no)
        #expect(VisitRules(labels: ["pet"]).answer(on: try visit(), isNameAwaited: false) == .no)
        #expect(VisitRules(labels: ["person"]).answer(on: try visit(), isNameAwaited: false) == .yes)
        #expect(VisitRules(minConfidence: 81).answer(on: try visit(), isNameAwaited: false) == .notYet)
    }

    @Test("a visit that weak looks along a path made is as sure as the path")
    func paths() throws {
        let cat = try visit(["confidence": 30, "pathConfidence": 75])
        #expect(VisitRules(minConfidence: 60).answer(on: cat, isNameAwaited: false) == .yes)
    }

    @Test(
        "quiet hours go over midnight, and their end does not belong to them",
        arguments: [
            ("22:30", "06:30", "22:29", false), ("22:30", "06:30", "22:30", true), ("22:30", "06:30", "00:00", true),
            ("22:30", "06:30", "06:29", true), ("22:30", "06:30", "06:30", false), ("12:00", "14:00", "13:00", true),
            ("12:00", "14:00", "14:00", false), ("12:00", "14:00", "00:10", false),
        ])
    func quietHours(from: String, until: String, time: String, isQuiet: Bool) throws {
        let quiet = QuietHours(
            from: try #require(QuietHours.minute(from)), until: try #require(QuietHours.minute(until)), then: .skip)
        let now = try #require(WallTime(rfc3339: "2026-11-29T\(time):30.000Z"))
        #expect(quiet.contains(now) { _ in 0 } == isQuiet)
        let anHourEast = WallTime(milliseconds: now.milliseconds - 3_600_000)
        #expect(quiet.contains(anHourEast) { _ in 3600 } == isQuiet, "local clocks count")
    }

    @Test("what is no time of day is none", arguments: ["24:00", "7:00", "07:60", "0700", "-1:00", ""])
    func notATime(text: String) {
        #expect(QuietHours.minute(text) == nil)
    }

    @Test("what happens in quiet hours is not told, or told in the morning, as its owner wants")
    func skipOrHold() throws {
        let night = (from: 20 * 60, until: 6 * 60)  // 21:00 is inside
        let skips = try hook("skips", quiet: QuietHours(from: night.from, until: night.until, then: .skip))
        let holds = try hook("holds", quiet: QuietHours(from: night.from, until: night.until, then: .hold))
        let book = Book(skips, holds)
        book.heard(event: event("v"), at: moment(0))
        #expect(book.deliver(to: skips, at: moment(1)).isEmpty)
        #expect(book.count("skips", "quiet") == 1)
        #expect(book.deliver(to: holds, at: moment(1)).isEmpty)
        let morning = moment(9 * 3600 + 60)
        let told = try #require(book.deliver(to: holds, at: morning).first, "nine hours are not too old for it")
        let message = NoticeMessage(told.notice, deviceID: "box", at: morning.wall) { _ in 0 }
        #expect(message.text == "2026-11-29 21:00, 80 %; told 9 h 1 min late")
        #expect(book.deliver(to: skips, at: morning).isEmpty)
    }

    @Test("trouble is told when it lasts a minute, once, and again only after ten good minutes")
    func troubles() throws {
        let house = try hook(troubles: true)
        let book = Book(house)
        func deliver(_ second: Int) -> [String] {
            book.tick(at: moment(second))
            return book.deliver(to: house, at: moment(second)).map {
                if case .trouble(_, let words) = $0.notice.subject { words } else { "?" }
            }
        }
        book.heard(state: "camera/cam/health", #"{"reason": "unplugged"}"#, at: moment(0))
        book.heard(state: "camera/cam/status", "offline", at: moment(0))
        #expect(deliver(59) == [])
        #expect(deliver(60) == ["the camera cam is offline: unplugged"])
        book.heard(state: "camera/cam/status", "online", at: moment(100))
        book.heard(state: "camera/cam/status", "offline", at: moment(120))
        #expect(deliver(300) == [])
        book.heard(state: "camera/cam/status", "online", at: moment(400))
        book.heard(state: "camera/cam/status", "offline", at: moment(1001))
        #expect(deliver(1061).count == 1)
        book.heard(state: "health", #"{"problems": ["the disk is full"]}"#, at: moment(1061))
        book.heard(state: "status", "offline", at: moment(1061))
        #expect(deliver(1121) == ["the box is offline", "the disk is full"])
    }

    @Test("trouble is not told to those who did not ask")
    func noTroubles() throws {
        let house = try hook()
        let book = Book(house)
        book.heard(state: "status", "offline", at: moment(0))
        book.tick(at: moment(100))
        #expect(book.notices.isEmpty)
    }
}
