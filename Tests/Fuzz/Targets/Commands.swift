import Base
import Publish

extension FuzzTarget {
    /// Messages on command topics. The first byte says how long the topic is below the box's, the second whether the
    /// message is retained.
    static let commands = FuzzTarget("commands") { bytes in
        guard let topics = try? Topics(prefix: "porchlight", deviceID: "box", homeAssistantPrefix: "homeassistant")
        else { return }
        let (head, text) = split(bytes, head: 2)
        let topic = String(decoding: text.prefix(Int(head[0])), as: UTF8.self)
        let payload = Array(text.dropFirst(Int(head[0])))
        let message = IncomingMessage(
            topic: "\(topics.root)/\(topic)", payload: payload, payloadBytes: payload.count, isRetained: head[1] == 1)
        var parser = CommandParser(topics: topics)
        // The last ones are too many.
        for _ in 0...Int(CommandParser.burst) { _ = parser.decide(message, at: MonotonicTime(nanoseconds: 0)) }
    }
}
