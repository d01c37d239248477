import ArgumentParser
import Glibc
import Logging
import Publish
import Settings
import Store

/// `porchlight mqtt …`: what concerns the broker.
struct MQTTCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mqtt", abstract: "Tidy up what this box has left on the broker.", subcommands: [MQTTPurge.self])
}

struct MQTTPurge: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "purge", abstract: "Clear every retained topic of this box from the broker.",
        discussion: """
            For a box that goes away or gets another name: its states, pictures and Home Assistant device disappear. \
            Stop porchlight first. What other programs have retained elsewhere is not touched.
            """)

    @OptionGroup var config: ConfigOption

    @Flag(help: "Only list what would be cleared.")
    var dryRun = false

    func run() async throws {
        try await reportingFailures {
            let settings = try loadSettings(configPath: config.config)
            // Held to the end: nobody starts while this tidies up.
            let lock = dryRun ? nil : try Self.lock(settings)
            let broker = "\(settings.mqtt.host):\(settings.mqtt.port)"
            let outcome: TopicPurge.Outcome
            do throws(TopicPurge.Refusal) {
                outcome = try await TopicPurge.run(
                    settings.mqtt, deviceID: settings.deviceID,
                    registerFile: settings.storage.layout.file(.retainedTopics),
                    onlyLists: dryRun, within: .seconds(30), logger: .silent)
            } catch {
                throw CommandFailure(.unavailable, "\(error)")
            }
            for topic in outcome.topics { print(topic) }
            let count = outcome.topics.count == 1 ? "1 topic" : "\(outcome.topics.count) topics"
            withExtendedLifetime(lock) {}
            print(outcome.isCleared ? "\(count) cleared on \(broker)" : "\(count) would be cleared on \(broker)")
        }
    }

    /// Nil when this user may not write to the storage, or there is none: then it depends on what the broker says.
    private static func lock(_ settings: Settings) throws -> StorageLock? {
        let directory = settings.storage.directory
        guard unsafe access(directory, W_OK) == 0 else { return nil }
        do throws(StoreError) { return try StorageLock(directory: directory) } catch {
            guard case .inUse = error else { return nil }
            throw CommandFailure(.unavailable, "storage.directory \(error)")
        }
    }
}
