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
        RunMarker(StorageFile(path: folder + "/run-state", mostBytes: 256), kernelBoot: boot, logger: quiet)
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
