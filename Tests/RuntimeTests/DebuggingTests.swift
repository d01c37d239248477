import Logging
import Runtime
import Testing

@Suite struct DebuggingTests {
    @Test("debugging can be switched on and off while the program runs, for every logger that exists already")
    func logSwitch() {
        let level = LogSwitch()
        let logger = Logger(label: "test") { Log(label: $0, isJournal: false, level: level) }
        #expect(logger.logLevel == .notice)
        level.configure(.warning)
        #expect(logger.logLevel == .warning)
        #expect(level.toggleDebug() == .debug)
        #expect(logger.logLevel == .debug)
        #expect(level.toggleDebug() == .warning)
        #expect(logger.logLevel == .warning)
    }

    @Test("a logger that was given its own level keeps it")
    func ownLevel() {
        let level = LogSwitch()
        var logger = Logger(label: "test") { Log(label: $0, isJournal: false, level: level) }
        logger.logLevel = .error
        _ = level.toggleDebug()
        #expect(logger.logLevel == .error)
    }

    @Test("a histogram counts every duration once, adds them up, and each class holds the shorter ones, too")
    func histogram() {
        var histogram = DurationHistogram()
        #expect(histogram.prometheusText("x_seconds") == "")
        for milliseconds in [0.5, 1, 3, 40, 60_000] as [Double] { histogram.note(.seconds(milliseconds / 1000)) }
        histogram.note(.seconds(-1))
        let lines = histogram.prometheusText("x_seconds").split(separator: "\n").map(String.init)
        #expect(lines.first == "# TYPE x_seconds histogram")
        #expect(lines.contains("x_seconds_bucket{le=\"0.001\"} 3"))
        #expect(lines.contains("x_seconds_bucket{le=\"0.005\"} 4"))
        #expect(lines.contains("x_seconds_bucket{le=\"10.0\"} 5"))
        #expect(lines.suffix(3).first == "x_seconds_bucket{le=\"+Inf\"} 6")
        #expect(lines.suffix(2).first?.hasPrefix("x_seconds_sum 60.04") == true)
        #expect(lines.last == "x_seconds_count 6")
    }
}
