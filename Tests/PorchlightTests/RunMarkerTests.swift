import Base
import Foundation
import Logging
import Porchlight
import Runtime
import Testing

@Suite struct RunMarkerTests {
    private static let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    private static func withFolder(_ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "run-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try body(folder.path())
    }

    private static func start(_ folder: String, boot: String) -> RunMarker {
        RunMarker(
            StorageFile(path: folder + "/run-state", mostBytes: 2 << 10), kernelBoot: boot, version: "1.0.0",
            logger: quiet)
    }

    @Test("a start tells how the run before it ended")
    func reasons() throws {
        try Self.withFolder { folder in
            let first = Self.start(folder, boot: "a")
            #expect(first.reason == .firstStart)
            first.ended()
            #expect(Self.start(folder, boot: "a").reason == .stopped)
            #expect(Self.start(folder, boot: "a").reason == .crashed)
            #expect(Self.start(folder, boot: "b").reason == .powerCut)
            #expect(Self.start(folder, boot: "").reason == .unknown)
        }
    }

    @Test("whoever ran out of memory, or stood still, hears that and no word about a crash; and only once")
    func serviceResults() throws {
        try Self.withFolder { folder in
            func reason(_ result: String?, boot: String = "a") throws -> RunMarker.Reason {
                if let result { try Data("\(result)\n".utf8).write(to: URL(filePath: "\(folder)/result")) }
                let file = StorageFile(path: folder + "/run-state", mostBytes: 2 << 10)
                return RunMarker(
                    file, kernelBoot: boot, serviceResult: RunMarker.takeServiceResult(folder: "\(folder):/other"),
                    version: "1.0.0", logger: Self.quiet
                ).reason
            }
            _ = Self.start(folder, boot: "a")
            let told = try ["oom-kill", nil, "watchdog", "signal", "core-dump", "", "\u{0}"].map { try reason($0) }
            #expect(told == [.outOfMemory, .crashed, .hung, .crashed, .crashed, .crashed, .crashed])
            let kept = Self.start(folder, boot: "a").restarts.map(\.reason)
            #expect(kept.contains(.outOfMemory) && kept.contains(.hung), "read again from the file")
            let afterPowerCut = try reason("oom-kill", boot: "b")
            #expect(afterPowerCut == .powerCut, "another boot of the kernel: what lies there is of an earlier one")
            Self.start(folder, boot: "b").ended()
            let afterStop = try reason("watchdog", boot: "b")
            #expect(afterStop == .stopped)
            #expect(RunMarker.takeServiceResult(folder: nil) == nil)
        }
    }

    @Test("the last starts are kept with their reasons over power cuts, the newest first, and no more than ten")
    func restarts() throws {
        try Self.withFolder { folder in
            let file = StorageFile(path: folder + "/run-state", mostBytes: 2 << 10)
            let (day, unset) = (WallTime(milliseconds: 1_790_000_000_000), WallTime(milliseconds: 5))
            func start(_ boot: String, _ version: String = "1.0.0", at time: WallTime = day) -> RunMarker {
                RunMarker(file, kernelBoot: boot, version: version, now: time, logger: Self.quiet)
            }
            start("a").ended()
            _ = start("a", "1.0.1")
            let third = start("b", "1.0.1", at: unset)
            #expect(third.restarts.map(\.reason) == [.powerCut, .stopped, .firstStart])
            #expect(third.restarts.map(\.version) == ["1.0.1", "1.0.1", "1.0.0"])
            #expect(third.restarts.map(\.time) == [nil, day, day], "a clock that is not set tells no time")
            for _ in 0..<20 { _ = start("b") }
            #expect(start("b").restarts.count == RunMarker.mostRestarts)
            #expect(start("b", String(repeating: "9", count: 40)).restarts.last?.reason == .crashed)
        }
    }

    @Test("what an earlier version wrote is understood, and lines that somebody wrote into it are left out")
    func otherLines() throws {
        try Self.withFolder { folder in
            func restarts(_ text: String) throws -> [RunMarker.Reason] {
                try Data(text.utf8).write(to: URL(filePath: "\(folder)/run-state"))
                return Self.start(folder, boot: "a").restarts.map(\.reason)
            }
            let (crashed, stopped) = (try restarts("running a\n"), try restarts("stopped\n"))
            #expect(crashed == [.crashed] && stopped == [.stopped])
            let others = try restarts("stopped\nx\n- 1 crashed\n- 1 eaten\n\n")
            #expect(others == [.stopped, .crashed])
        }
    }

    @Test("a marker that somebody wrote into is no reason to fail", arguments: ["", "running", "\u{0}", "x y z"])
    func broken(_ text: String) throws {
        try Self.withFolder { folder in
            try Data(text.utf8).write(to: URL(filePath: "\(folder)/run-state"))
            #expect(Self.start(folder, boot: "a").reason == .unknown)
        }
    }

    @Test("the kernel tells its boot") func kernel() { #expect(RunMarker.kernelBoot().utf8.count == 36) }

    @Test("in a sandbox that hides the kernel's word a crash is told from a power cut by what lies in /run")
    func sandbox() throws {
        try Self.withFolder { folder in
            let run = "\(folder)/run"
            func boot() -> String { RunMarker.kernelBoot(kernelsFile: "\(folder)/hidden", folder: "\(run):/other") }
            #expect(boot().isEmpty, "no folder, no name")
            try FileManager.default.createDirectory(atPath: run, withIntermediateDirectories: true)
            _ = Self.start(folder, boot: boot())
            #expect(Self.start(folder, boot: boot()).reason == .crashed)
            try FileManager.default.removeItem(atPath: "\(run)/boot")  // as a reboot does
            #expect(Self.start(folder, boot: boot()).reason == .powerCut)
            #expect(Self.start(folder, boot: RunMarker.kernelBoot()).reason == .unknown, "two kinds of names")
            #expect(RunMarker.kernelBoot(kernelsFile: "\(folder)/hidden", folder: nil).isEmpty)
        }
    }
}
