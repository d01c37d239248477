import Base
import Logging
import Runtime
import Testing

@Suite("The newest lines of the log")
struct LogMemoryTests {
    private let memory = LogMemory()

    private var logger: Logger {
        let level = LogSwitch(.debug)
        return Logger(label: "test") { Log(label: $0, isJournal: false, level: level, memory: memory) }
    }

    private func texts(from level: Logger.Level = .trace) -> [String] {
        memory.newest(1000, from: level).lines.map(\.text)
    }

    @Test("whoever has no terminal reads the newest line first, with its details, and can leave the lesser ones out")
    func order() {
        logger.info("first")
        logger.warning("second", metadata: ["camera": "porch", "reason": "no\nsuch device"])
        logger.error("third")
        #expect(texts() == ["third", "second camera=porch reason=\"no such device\"", "first"])
        #expect(texts(from: .warning).count == 2 && texts(from: .error) == ["third"])
        #expect(memory.newest(1).lines.map(\.level) == [.error])
        #expect(memory.newest(-1).lines.isEmpty)
    }

    @Test("a flood of lines takes bounded memory, is counted, and hides no warning of before")
    func bounded() {
        logger.warning("the warning")
        for number in 0..<1000 { logger.debug("line \(number)") }
        #expect(texts().contains("the warning") && texts().first == "line 999")
        #expect(texts().count == LogMemory.mostOthers + 1)
        #expect(memory.newest(1000).dropped == 1000 - LogMemory.mostOthers)
        for number in 0..<1000 { logger.error("error \(number)") }
        #expect(texts(from: .warning).count == LogMemory.mostWarnings)
    }

    @Test("a line without an end is cut, and that is counted")
    func long() {
        logger.notice("\(String(repeating: "é", count: 5000))")
        let reading = memory.newest(1)
        #expect(reading.shortened == 1 && reading.lines.allSatisfy { $0.text.utf8.count <= LogMemory.mostBytes })
        #expect(reading.lines.first?.text.hasSuffix("…") == true)
    }

    @Test("a secret is in no line, whoever wrote it there: the message, a detail, or a library's error")
    func secrets() {
        memory.mask.hide("correct-horse", as: "MQTT password")
        memory.mask.hide("correct-horse-battery", as: "token")
        logger.error("refused: correct-horse", metadata: ["error": "bad token 'correct-horse-battery'"])
        #expect(texts() == ["refused: *** error=\"bad token '***'\""])
        memory.mask.hide("staple", as: "MQTT password")
        logger.error("staple")
        #expect(texts().first == "***")
    }

    @Test(
        "what stands before the @ of a URL is in no line",
        arguments: [
            ("rtsp://admin:pass/wo@rd@10.0.0.7/live", "rtsp://***@10.0.0.7/live"),
            ("see \"http://u:p@h/\" and //v:q@i/x.mp4", "see \"http://***@h/\" and //***@i/x.mp4"),
            ("http://host/a b@c", "http://host/a b@c"), ("a@b // c", "a@b // c"), ("//", "//"), ("//@", "//***@"),
        ])
    func users(_ text: String, _ wanted: String) { #expect(LogMask().masked(text) == wanted) }

    @Test("a secret of a few letters would hide every line: it is no secret")
    func short() {
        let mask = LogMask()
        mask.hide("a", as: "MQTT password")
        mask.hide("", as: "token")
        #expect(mask.masked("a camera") == "a camera")
    }
}
