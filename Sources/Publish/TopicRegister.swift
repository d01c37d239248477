import Base
import FoundationEssentials
import Glibc
package import Runtime

/// What the broker may still hold because of us, kept over restarts: retained topics and Home Assistant components.
package struct TopicRegister: Sendable, Equatable {
    package var topics: Set<String> = []
    /// Component id -> platform, as last told to Home Assistant.
    package var components: [String: String] = [:]

    package init() {}

    package init(topics: Set<String>, components: [String: String]) {
        self.topics = topics
        self.components = components
    }

    /// A missing file is an empty register; so is a broken one, with `isBroken` set.
    package static func reading(_ file: StorageFile) -> (register: TopicRegister, isBroken: Bool) {
        guard file.exists else { return (TopicRegister(), false) }
        guard let bytes = try? file.read(),
            let json = JSONValue(parsing: bytes),
            let topics = json["topics"]?.array, let components = json["components"]?.object
        else { return (TopicRegister(), true) }
        let names = topics.compactMap(\.string).filter(isClearable)
        return (
            TopicRegister(
                topics: Set(names.prefix(RetainedTopicCache.maxTopics)),
                components: components.compactMapValues(\.string)),
            false
        )
    }

    /// Replaces the file as a whole, so that a power cut leaves the old or the new one.
    package func write(_ file: StorageFile) throws(SystemError) {
        let json: JSONValue = [
            "topics": .array(topics.sorted().map(JSONValue.string)),
            "components": .object(components.mapValues(JSONValue.string)),
        ]
        try file.write(json.jsonBytes)
    }

    /// A file that somebody wrote into must not make us send what MQTT forbids.
    private static func isClearable(_ topic: String) -> Bool {
        (1...1024).contains(topic.utf8.count)
            && topic.unicodeScalars.allSatisfy { $0 != "+" && $0 != "#" && $0.properties.generalCategory != .control }
    }
}
