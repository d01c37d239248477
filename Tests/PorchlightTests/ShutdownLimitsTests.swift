import Base
import Foundation
import Porchlight
import Testing

@Suite struct ShutdownLimitsTests {
    @Test("the program ends by itself before systemd kills it, and the broker is told before that")
    func unit() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let unit = try String(contentsOf: root.appending(path: "systemd/porchlight.service"), encoding: .utf8)
        let line = try #require(unit.split(separator: "\n").first { $0.hasPrefix("TimeoutStopSec=") })
        let seconds = try #require(Int(line.dropFirst("TimeoutStopSec=".count)))
        #expect(ShutdownLimits.process < .seconds(seconds))
        // What `Publisher.stop` takes at most.
        let telling = ShutdownLimits.untilTold + ShutdownLimits.lastWords + .seconds(2)
        #expect(telling <= ShutdownLimits.process)
    }
}
