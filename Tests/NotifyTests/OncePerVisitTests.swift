import Base
import Notify
import Testing

@Suite("each visit is told once") struct OncePerVisitTests {
    @Test("started, updated, ended, said twice, replayed: one notice")
    func onceForAllEvents() throws {
        let house = try hook()
        let book = Book(house)
        for each in [
            event("v"), event("v"), event("v", "updated"), event("v", "ended"), event("v", ["replayed": true]),
        ] {
            book.heard(event: each, at: moment(0))
        }
        #expect(book.deliver(to: house, at: moment(1)).map(\.notice.id) == ["v"])
        book.heard(event: event("v", "ended"), at: moment(2))
        #expect(book.deliver(to: house, at: moment(3)).isEmpty)
    }

    @Test("after a restart what was told is still known")
    func restart() throws {
        let house = try hook()
        let book = Book(house)
        book.heard(event: event("v"), at: moment(0))
        _ = book.deliver(to: house, at: moment(1))
        let work = try book.takeDiskWork(clientID: "c")
        let next = Book(house)
        next.restore(work.contents, at: moment(2))
        next.heard(event: event("v", "updated"), at: moment(3))
        #expect(next.deliver(to: house, at: moment(4)).isEmpty)
    }

    @Test("the last 512 visits are remembered, not all of them for ever")
    func memoryIsBounded() throws {
        let house = try hook()
        let book = Book(house)
        for number in 0..<600 {
            book.heard(event: event("v\(number)"), at: moment(0))
            _ = book.deliver(to: house, at: moment(0))
        }
        #expect(book.settled.count == 512)
        book.heard(event: event("v599", "updated"), at: moment(1))
        #expect(book.deliver(to: house, at: moment(1)).isEmpty)
    }

    @Test("a visit that becomes surer is told when it is sure enough, and then once")
    func becomesSurer() throws {
        let house = try hook("house", VisitRules(minConfidence: 70))
        let book = Book(house)
        book.heard(event: event("v", ["confidence": 60]), at: moment(0))
        #expect(book.deliver(to: house, at: moment(1)).isEmpty)
        book.heard(event: event("v", "updated", ["confidence": 75]), at: moment(2))
        book.heard(event: event("v", "updated", ["confidence": 85]), at: moment(3))
        #expect(book.deliver(to: house, at: moment(4)).count == 1)
    }

    @Test("what waited in the box for more than half an hour is not told, unless asked for; it is counted")
    func replayed() throws {
        let house = try hook()
        let hourAgo = WallTime(milliseconds: evening.milliseconds - 3_600_000)
        let book = Book(house)
        book.heard(event: event("v", at: hourAgo, ["replayed": true]), at: moment(0))
        #expect(book.deliver(to: house, at: moment(1)).isEmpty)
        #expect(book.counters.replayedTooLate == 1)
        var limits = NoticeLimits()
        limits.replayedAge = .seconds(7200)
        let patient = Book(house, limits: limits)
        patient.heard(event: event("v", at: hourAgo, ["replayed": true]), at: moment(0))
        #expect(patient.deliver(to: house, at: moment(1)).count == 1)
    }

    @Test("a visit that began long before anybody listened is not told when it ends")
    func endOfAnOldVisit() throws {
        let house = try hook()
        let book = Book(house)
        let hourAgo = WallTime(milliseconds: evening.milliseconds - 3_600_000)
        book.heard(event: event("parcel", "ended", at: hourAgo), at: moment(0))
        #expect(book.deliver(to: house, at: moment(1)).isEmpty)
    }

    @Test("a box whose clock was not set is told all the same, without a time")
    func unknownTime() throws {
        let house = try hook()
        let book = Book(house)
        let never = WallTime(milliseconds: 5000)
        book.heard(
            event: event("v", at: never, ["replayed": true, "timeQuality": "unsynchronized"]), at: moment(0))
        let told = try #require(book.deliver(to: house, at: moment(1)).first)
        let message = NoticeMessage(told.notice, deviceID: "box", at: evening) { _ in 0 }
        #expect(message.text == "time unknown, 80 %")
        #expect(message.json["lateSeconds"] == .null)
    }

    @Test("messages that make no sense are counted and make no notice", arguments: ["{}", "[]", #"{"id": 1}"#])
    func nonsense(text: String) throws {
        let house = try hook()
        let book = Book(house)
        book.heard(event: JSONValue(parsing: Array(text.utf8)) ?? .null, at: moment(0))
        #expect(book.counters.unreadable == 1)
        #expect(book.notices.isEmpty)
    }
}

@Suite("a notice waits a moment for its picture and its name") struct GatheringTests {
    @Test("the picture that follows goes with it, at once")
    func pictureFollows() throws {
        let house = try hook(pictures: true)
        let book = Book(house)
        book.heard(event: event("v"), at: moment(0))
        #expect(book.nextDelivery(to: house, at: moment(0)) == nil)
        book.heard(picture: jpeg, processor: "door", label: "pet", at: moment(1))
        #expect(book.nextDelivery(to: house, at: moment(1)) == nil, "that is another one's")
        book.heard(picture: jpeg, processor: "door", label: "person", at: moment(1))
        let delivery = try #require(book.nextDelivery(to: house, at: moment(1)))
        #expect(delivery.withPicture && delivery.notice.picture == .memory(jpeg))
    }

    @Test("without a picture it is told after three seconds")
    func noPicture() throws {
        let house = try hook(pictures: true)
        let book = Book(house)
        book.heard(event: event("v"), at: moment(0))
        book.tick(at: moment(2))
        #expect(book.nextDelivery(to: house, at: moment(2)) == nil)
        book.tick(at: moment(3))
        let delivery = try #require(book.nextDelivery(to: house, at: moment(3)))
        #expect(!delivery.withPicture)
    }

    @Test("a picture of some time ago shows somebody else and is not taken; neither is what is no JPEG")
    func strangePictures() throws {
        let house = try hook(pictures: true)
        let book = Book(house)
        book.heard(picture: jpeg, processor: "door", label: "person", at: moment(0))
        book.heard(event: event("v", at: moment(10).wall), at: moment(10))
        book.heard(picture: [1, 2, 3], processor: "door", label: "person", at: moment(11))
        book.tick(at: moment(13))
        #expect(book.nextDelivery(to: house, at: moment(13))?.withPicture == false)
    }

    @Test("who asks for names hears when the name comes, and of strangers when no name has come in time")
    func names() throws {
        let family = try hook("family", VisitRules(names: ["Anna"]))
        let strangers = try hook("strangers", VisitRules(exceptNames: ["Anna"]))
        let book = Book(family, strangers)
        let nobodyYet: [String: JSONValue] = ["face": ["name": .null, "why": "too_few_looks"]]
        book.heard(event: event("v", nobodyYet), at: moment(0))
        #expect(book.nextDelivery(to: strangers, at: moment(4)) == nil, "a name may still come")
        book.heard(event: event("v", "updated", ["face": ["name": "Anna"]]), at: moment(4))
        #expect(book.deliver(to: family, at: moment(4)).first?.notice.subject.name == "Anna")
        #expect(book.deliver(to: strangers, at: moment(9)).isEmpty)
        book.heard(event: event("w", at: moment(20).wall, nobodyYet), at: moment(20))
        book.tick(at: moment(25))
        #expect(book.deliver(to: strangers, at: moment(25)).first?.notice.subject.name == "unknown")
        #expect(book.deliver(to: family, at: moment(25)).isEmpty)
        book.heard(event: event("w", "updated", at: moment(20).wall, ["face": ["name": "Anna"]]), at: moment(31))
        #expect(book.deliver(to: family, at: moment(31)).map(\.notice.id) == ["w"])
        #expect(book.deliver(to: strangers, at: moment(31)).isEmpty)
    }

    @Test("where no faces are searched nobody waits for a name")
    func noFaces() throws {
        let strangers = try hook("strangers", VisitRules(exceptNames: ["Anna"]))
        let book = Book(strangers)
        book.heard(event: event("v"), at: moment(0))
        #expect(book.deliver(to: strangers, at: moment(0)).count == 1)
    }

    @Test("a search of faces has no pictures of its own: the same camera's goes with it, another camera's does not")
    func borrowedPicture() throws {
        let house = try hook("house", VisitRules(processors: ["faces"]), pictures: true)
        let book = Book(house)
        book.heard(event: event("a"), at: moment(0))
        book.heard(event: event("b", ["processor": "yard", "camera": "other"]), at: moment(0))
        let anna: [String: JSONValue] = ["processor": "faces", "face": ["name": "Anna"]]
        book.heard(event: event("v", anna), at: moment(0))
        book.heard(picture: [0xff, 0xd8, 9], processor: "yard", label: "person", at: moment(0))
        #expect(book.nextDelivery(to: house, at: moment(1)) == nil)
        book.heard(picture: jpeg, processor: "door", label: "person", at: moment(1))
        #expect(book.nextDelivery(to: house, at: moment(1))?.notice.picture == .memory(jpeg))
    }

    @Test("a power cut while it waits loses nothing: it is told after the restart")
    func powerCut() throws {
        let house = try hook(pictures: true)
        let book = Book(house)
        book.heard(event: event("v"), at: moment(0))
        let work = try book.takeDiskWork(clientID: "c")
        let next = Book(house)
        next.restore(work.contents, at: moment(5))
        next.tick(at: moment(5))
        #expect(next.deliver(to: house, at: moment(5)).map(\.notice.id) == ["v"])
    }
}

extension Notice.Subject {
    fileprivate var name: String? { if case .visit(let visit) = self { visit.name } else { nil } }
}
