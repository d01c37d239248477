import Base
import Foundation
import Runtime
import Testing

@Suite("The mailbox between camera and analysis")
struct LatestMailboxTests {
    @Test("the newest frame wins and the lost one is counted")
    func newestWins() {
        let box = LatestMailbox<String, Int>()
        #expect(!box.put(1, for: "a"))
        #expect(box.put(2, for: "a"))
        #expect(box.take()?.value == 2)
        #expect(box.take() == nil)
    }

    @Test("no camera starves another: the one that waited longest comes first")
    func fairness() {
        let box = LatestMailbox<String, Int>()
        box.put(1, for: "a")
        box.put(2, for: "b")
        box.put(3, for: "a")
        #expect(box.take()?.key == "a")
        box.put(4, for: "a")
        #expect(box.take()?.key == "b")
        #expect(box.take()?.value == 4)
        #expect(box.take() == nil)
    }

    @Test("a camera that is barred keeps its place, and the others go on")
    func barred() {
        let box = LatestMailbox<String, Int>()
        box.put(1, for: "a")
        box.put(2, for: "b")
        #expect(box.take(except: ["a"])?.key == "b")
        #expect(!box.holdsAny(except: ["a"]) && box.holdsAny())
        box.put(3, for: "b")
        #expect(box.take()?.key == "a")
    }

    @Test("a replay that may lose nothing waits for the slot, and whoever takes hears of every value")
    func handing() throws {
        let arrived = Monitor(0)
        let box = LatestMailbox<String, Int> { hasReplaced in arrived.change { $0 += hasReplaced ? 0 : 1 } }
        #expect(box.hand(0, for: "a", within: .zero))
        #expect(!box.hand(1, for: "a", within: .milliseconds(1)))
        let producer = try NamedThread("producer") {
            for value in 1...100 { _ = box.hand(value, for: "a", within: .seconds(20)) }
        }
        var taken: [Int] = []
        while taken.count < 101 {
            let number = taken.count
            guard arrived.wait(atMost: .seconds(20), until: { $0 > number ? true : nil }) == true else { break }
            if let (_, value) = box.take() { taken.append(value) }
        }
        producer.join()
        #expect(taken == Array(0...100))
    }

    @Test("closing wakes who waits for a slot; what is inside can still be taken")
    func closing() throws {
        let box = LatestMailbox<String, Int>()
        box.put(1, for: "a")
        box.close()
        #expect(!box.hand(2, for: "a", within: .seconds(20)))
        #expect(box.take()?.value == 1)
        #expect(box.take() == nil)
    }
}

@Suite("Pauses between tries")
struct BackoffTests {
    @Test("they double up to the most and start anew after a success")
    func doubling() {
        var backoff = Backoff(first: .seconds(1), most: .seconds(10))
        #expect((0..<6).map { _ in backoff.next(random: 0) } == [1, 2, 4, 8, 10, 10].map { .seconds($0) })
        backoff.reset()
        #expect(backoff.next(random: 0) == .seconds(1))
    }

    @Test("chance shortens a pause by at most a quarter, and never lengthens it", arguments: 0..<30)
    func jitter(failures: Int) {
        var (early, late) = (
            Backoff(first: .seconds(1), most: .seconds(60)), Backoff(first: .seconds(1), most: .seconds(60))
        )
        for _ in 0..<failures { _ = (early.next(), late.next()) }
        let (full, short) = (early.next(random: 0), late.next(random: 0.999))
        #expect(short < full)
        #expect(short >= full * 0.75)
        #expect(full <= .seconds(60))
    }

    @Test("a thousand failures do not overflow")
    func many() {
        var backoff = Backoff(first: .milliseconds(100), most: .seconds(10))
        for _ in 0..<1000 { _ = backoff.next() }
        #expect(backoff.next(random: 0) == .seconds(10))
    }
}

@Suite("Times")
struct TimeTests {
    @Test(
        "wall times are written as RFC 3339 in UTC",
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (1_795_231_949_123, "2026-11-21T03:32:29.123Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"), (-1, "1969-12-31T23:59:59.999Z"),
            (4_102_444_799_999, "2099-12-31T23:59:59.999Z"),
        ] as [(Int64, String)])
    func rfc3339(milliseconds: Int64, text: String) {
        #expect(WallTime(milliseconds: milliseconds).rfc3339 == text)
    }

    @Test("absurd wall times are written somehow, without a crash", arguments: [.min, .max, .min / 1000] as [Int64])
    func absurd(milliseconds: Int64) {
        #expect(WallTime(milliseconds: milliseconds).rfc3339.hasSuffix("Z"))
    }

    @Test("sums of absurd instants saturate")
    func saturation() {
        let (least, most) = (MonotonicTime(nanoseconds: .min), MonotonicTime(nanoseconds: .max))
        #expect(most + .seconds(1) == most)
        #expect(least + .seconds(-1) == least)
        #expect(most - least == .nanoseconds(Int64.max))
        #expect(Duration.seconds(Int64.max).nanoseconds == .max)
        #expect(Duration.seconds(Int64.min).nanoseconds == .min)
        #expect(Duration.milliseconds(1500).inSeconds == 1.5)
    }

    @Test("the monotonic clock goes forward, and now is now on the wall")
    func now() {
        let (first, second) = (MonotonicTime.now(), MonotonicTime.now())
        #expect(first <= second)
        #expect(abs(WallTime(of: second).milliseconds - WallTime.now().milliseconds) < 1000)
        #expect(abs(WallTime(of: second + .seconds(-60)).milliseconds + 60_000 - WallTime.now().milliseconds) < 1000)
    }
}

@Suite("The time at which a visit began")
struct SinceTests {
    @Test("it does not tremble by a millisecond each time that it is told")
    func stable() {
        let began = MonotonicTime.now() + .seconds(-90)
        #expect(Set((0..<20_000).map { _ in WallTime(of: began) }).count == 1)
    }
}

@Suite("JSON of unknown shape")
struct JSONValueTests {
    private func decode(_ text: String) throws -> JSONValue {
        try JSONDecoder().decode(JSONValue.self, from: Data(text.utf8))
    }

    @Test("every kind of value survives a round trip")
    func roundTrip() throws {
        let value: JSONValue = [
            "null": nil, "yes": true, "no": false, "zero": 0, "one": 1, "big": 9_007_199_254_740_993, "half": 0.5,
            "text": "ä\u{0}\"\\", "list": [1, "2", [3]], "object": ["a": [:]],
        ]
        #expect(try JSONDecoder().decode(JSONValue.self, from: JSONEncoder().encode(value)) == value)
    }

    @Test("0 and 1 are numbers, not booleans; true is no number")
    func numbersAndBooleans() throws {
        #expect(try decode("[0, 1, true]") == [.integer(0), .integer(1), .bool(true)])
        #expect(JSONValue.bool(true).double == nil)
        #expect(JSONValue.bool(true).int == nil)
    }

    @Test("a whole number may be written with a point, another may not be cut")
    func whole() throws {
        #expect(try decode("3.0").int == 3)
        #expect(try decode("3.5").int == nil)
        #expect(try decode("1e300").int == nil)
        #expect(try decode("7").double == 7)
    }
}

@Suite("Names and numbers that cannot be wrong")
struct CheckedValueTests {
    @Test("camera names become topics and ARNs: nothing that means something there")
    func cameraNames() {
        for good in ["a", "front-door", "Cam_1", String(repeating: "x", count: 64)] {
            #expect(CameraName(good)?.text == good)
        }
        for bad in ["", "a/b", "a b", "a+", "#", "a.b", "ä", "a\n", "a\u{0}", String(repeating: "x", count: 65)] {
            #expect(CameraName(bad) == nil)
        }
    }

    @Test("processor names follow AWS: points too, up to 128 characters")
    func processorNames() {
        #expect(ProcessorName("a.b_c-9")?.text == "a.b_c-9")
        #expect(ProcessorName(String(repeating: "x", count: 128)) != nil)
        for bad in ["", "a/b", "a b", "é", String(repeating: "x", count: 129)] { #expect(ProcessorName(bad) == nil) }
    }

    @Test("a confidence lies in 0...1 or does not exist")
    func confidence() {
        #expect(Confidence(0)?.value == 0)
        #expect(Confidence(1)?.value == 1)
        for bad in [-0.001, 1.001, Float.nan, .infinity] { #expect(Confidence(bad) == nil) }
        #expect(Confidence(percent: 50) == .half)
        for bad in [-1, 100.1, Double.nan] { #expect(Confidence(percent: bad) == nil) }
        #expect(Confidence(clamping: .nan).value == 0)
        #expect(Confidence(clamping: 2).value == 1)
        #expect(Confidence(clamping: -2).value == 0)
    }

    @Test("sizes of pictures are positive and bounded")
    func pixelSizes() {
        #expect(PixelSize(width: 1, height: 16384) != nil)
        for (width, height) in [(0, 1), (1, 0), (-1, 1), (16385, 1), (Int.max, Int.max)] {
            #expect(PixelSize(width: width, height: height) == nil)
        }
    }

    @Test("a tensor's numbers fit its shape")
    func tensors() {
        #expect(Tensor(shape: [2, 3], values: Array(repeating: 0, count: 6)) != nil)
        #expect(Tensor(shape: [2, 3], values: [1]) == nil)
        #expect(Tensor(shape: [-1, -6], values: Array(repeating: 0, count: 6)) == nil)
        #expect(Tensor(shape: [Int.max, 2], values: []) == nil)
    }
}
