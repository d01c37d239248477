import Base
import Notify
import Testing

@Suite("what cannot be told waits, within bounds") struct QueueTests {
    private let away = Verdict.later(reason: "no route", after: nil)

    @Test("one target that is away holds up no other, and is tried again with growing pauses")
    func pauses() throws {
        let (phone, house) = (try hook("phone"), try hook("house"))
        let book = Book(phone, house)
        book.heard(event: event("v"), at: moment(0))
        #expect(book.deliver(to: phone, at: moment(0), away).count == 1)
        #expect(book.deliver(to: house, at: moment(0)).count == 1)
        #expect(book.nextDelivery(to: phone, at: moment(1)) == nil)
        #expect(book.deliver(to: phone, at: moment(2), away).count == 1)
        #expect(book.nextDelivery(to: phone, at: moment(5)) == nil)
        #expect(book.deliver(to: phone, at: moment(6)).count == 1)
        #expect(book.notices.isEmpty)
        #expect(book.status["targets"]?["phone"]?["problem"] == .null)
    }

    @Test("what a server asks for is heeded, up to an hour")
    func retryAfter() throws {
        let house = try hook()
        let book = Book(house)
        book.heard(event: event("v"), at: moment(0))
        _ = book.deliver(to: house, at: moment(0), .later(reason: "busy", after: .seconds(100)))
        #expect(book.nextDelivery(to: house, at: moment(99)) == nil)
        _ = book.deliver(to: house, at: moment(100), .later(reason: "busy", after: .seconds(999_999)))
        #expect(book.nextDelivery(to: house, at: moment(3699)) == nil)
        #expect(book.nextDelivery(to: house, at: moment(3700)) != nil)
    }

    @Test("what is older than the limit is dropped and counted")
    func tooOld() throws {
        let house = try hook()
        let book = Book(house)
        book.heard(event: event("v"), at: moment(0))
        _ = book.deliver(to: house, at: moment(0), away)
        #expect(book.deliver(to: house, at: moment(6 * 3600 + 1)).isEmpty)
        #expect(book.notices.isEmpty)
        #expect(book.count("house", "dropped", "tooOld") == 1)
    }

    @Test("of too many notices the oldest go, and are counted")
    func tooMany() throws {
        let house = try hook()
        var limits = NoticeLimits()
        limits.mostNotices = 3
        let book = Book(house, limits: limits)
        for number in 1...5 { book.heard(event: event("v\(number)"), at: moment(number)) }
        #expect(book.notices.map(\.id) == ["v3", "v4", "v5"])
        #expect(book.count("house", "dropped", "queueFull") == 2)
        #expect(book.count("house", "waiting") == 3)
    }

    @Test("of too many bytes of pictures the oldest pictures go, and their notices stay")
    func tooLarge() throws {
        let house = try hook(pictures: true)
        var limits = NoticeLimits()
        limits.mostPictureBytes = 2_500_000
        let book = Book(house, limits: limits)
        let large = jpeg + [UInt8](repeating: 7, count: 1_000_000)
        for number in 1...3 {
            book.heard(event: event("v\(number)", at: moment(10 * number).wall), at: moment(10 * number))
            book.heard(picture: large, processor: "door", label: "person", at: moment(10 * number))
        }
        #expect(book.notices.map { $0.picture == .none } == [true, false, false])
        #expect(book.counters.picturesLost == 1)
    }

    @Test("a notice that is refused goes once more without its picture, and then no more")
    func refused() throws {
        let house = try hook(pictures: true)
        let book = Book(house)
        book.heard(event: event("v"), at: moment(0))
        book.heard(picture: jpeg, processor: "door", label: "person", at: moment(0))
        #expect(book.deliver(to: house, at: moment(1), .refused(reason: "too large")).map(\.withPicture) == [true])
        #expect(book.deliver(to: house, at: moment(4), .refused(reason: "no")).map(\.withPicture) == [false])
        #expect(book.notices.isEmpty)
        #expect(book.count("house", "dropped", "refused") == 1)
    }

    @Test("one notice at a time is on its way to a target, and one that was cut off is tried again")
    func oneAtATime() throws {
        let house = try hook()
        let book = Book(house)
        book.heard(event: event("v"), at: moment(0))
        let delivery = try #require(book.nextDelivery(to: house, at: moment(0)))
        #expect(book.nextDelivery(to: house, at: moment(0)) == nil)
        book.abandoned(delivery, to: "house")
        #expect(book.nextDelivery(to: house, at: moment(0)) == delivery)
    }

    @Test("a target that the settings do not name any more keeps nothing in the queue; that is counted")
    func orphans() throws {
        let (phone, house) = (try hook("phone"), try hook("house"))
        let book = Book(phone, house)
        book.heard(event: event("v"), at: moment(0))
        _ = book.deliver(to: house, at: moment(0))
        let work = try book.takeDiskWork(clientID: "c")
        let next = Book(house)
        next.restore(work.contents, at: moment(1))
        #expect(next.notices.isEmpty)
        #expect(next.counters.orphaned == 1)
    }
}
