import ArgumentParser
import Base
import Logging
import Publish

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
            let broker = "\(settings.mqtt.host):\(settings.mqtt.port)"
            let outcome: TopicPurge.Outcome
            do throws(TopicPurge.Refusal) {
                outcome = try await TopicPurge.run(
                    settings.mqtt, deviceID: settings.deviceID, registerFile: Wiring.registerFile(settings),
                    onlyLists: dryRun, within: .seconds(30), logger: .silent)
            } catch {
                throw CommandFailure(.unavailable, "\(error)")
            }
            for topic in outcome.topics { print(topic) }
            let count = outcome.topics.count == 1 ? "1 topic" : "\(outcome.topics.count) topics"
            print(outcome.isCleared ? "\(count) cleared on \(broker)" : "\(count) would be cleared on \(broker)")
        }
    }
}
