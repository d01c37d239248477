package import Base

/// Decides what becomes of a message on a command topic. Pure; the clock is a parameter.
package struct CommandParser: Sendable {
    /// A command that may be carried out.
    package struct Order: Sendable, Equatable {
        package enum Wish: Sendable, Equatable {
            /// An UpdateStreamProcessor body without `Name` and without `requestId`.
            case settings(of: String, json: [UInt8])
            case enabled(String, Bool)
            case forgetBackground(CameraName)
            /// Nil for none.
            case mode(String?)
        }

        package var command: Topics.Command
        package var wish: Wish
        package var requestID: JSONValue?
    }

    package enum Decision: Sendable, Equatable {
        case ignore
        /// A retained command would be carried out again at every connection.
        case clearRetained(topic: String)
        case answer(to: Topics.Command, JSONValue)
        case accept(Order)
        /// Too many; not even answered.
        case drop
    }

    /// A slider that is dragged sends a few commands per second; nothing sensible sends more.
    package static let burst = 20.0
    package static let perSecond = 5.0

    private let topics: Topics
    private var orders = TokenBucket(capacity: CommandParser.burst, perSecond: CommandParser.perSecond)
    private var answers = TokenBucket(capacity: CommandParser.burst, perSecond: CommandParser.perSecond)

    package init(topics: Topics) { self.topics = topics }

    package mutating func decide(_ message: IncomingMessage, at now: MonotonicTime) -> Decision {
        guard let command = topics.command(in: message.topic), message.payloadBytes > 0 else { return .ignore }
        if message.isRetained { return .clearRetained(topic: message.topic) }
        guard orders.take(at: now) else {
            return throttle(command, message.payload, now)
        }
        if message.isTooLarge {
            let text = "\(message.payloadBytes) bytes; at most \(IncomingMessage.maxBytes) are read"
            return refuse(command, "InvalidParameterException", text, now)
        }
        switch command {
        case .setEnabled(let processor): return enabled(processor, command, message.payload, now)
        case .setSettings(let processor): return settings(processor, command, message.payload, now)
        case .setLabel(let processor, let label): return turn(label, processor, command, message.payload, now)
        case .setBackground(let camera): return background(camera, command, message.payload, now)
        case .setMode: return mode(command, message.payload, now)
        }
    }

    /// A name, or JSON: `{"mode": "night", "requestId": "1"}`, with null for none.
    private mutating func mode(_ command: Topics.Command, _ payload: [UInt8], _ now: MonotonicTime) -> Decision {
        guard case .object(let members)? = JSONValue(parsing: payload) else {
            return .accept(Order(command: command, wish: .mode(String(decoding: payload, as: UTF8.self))))
        }
        guard let wish = members["mode"], wish == .null || wish.string != nil else {
            return refuse(
                command, "InvalidParameterException", "mode/set takes the name of a mode, or JSON with 'mode'", now)
        }
        let requestID = members["requestId"].flatMap(Self.echo)
        return .accept(Order(command: command, wish: .mode(wish.string), requestID: requestID))
    }

    private mutating func background(
        _ camera: CameraName, _ command: Topics.Command, _ payload: [UInt8], _ now: MonotonicTime
    ) -> Decision {
        guard payload == Self.clear else {
            return refuse(command, "InvalidParameterException", "background/set takes CLEAR", now)
        }
        return .accept(Order(command: command, wish: .forgetBackground(camera)))
    }

    private static let clear = Array("CLEAR".utf8)

    private mutating func settings(
        _ processor: String, _ command: Topics.Command, _ payload: [UInt8], _ now: MonotonicTime
    ) -> Decision {
        guard case .object(var members)? = JSONValue(parsing: payload) else {
            return refuse(command, "SerializationException", "the command is not a JSON object", now)
        }
        let requestID = members.removeValue(forKey: "requestId").flatMap(Self.echo)
        return .accept(
            Order(
                command: command, wish: .settings(of: processor, json: JSONValue.object(members).jsonBytes),
                requestID: requestID))
    }

    private mutating func enabled(
        _ processor: String, _ command: Topics.Command, _ payload: [UInt8], _ now: MonotonicTime
    ) -> Decision {
        guard let isOn = Self.isOn(payload) else { return refuseSwitch(command, now) }
        return .accept(Order(command: command, wish: .enabled(processor, isOn)))
    }

    /// A label's switch is an update of settings like any other.
    private mutating func turn(
        _ label: Label, _ processor: String, _ command: Topics.Command, _ payload: [UInt8], _ now: MonotonicTime
    ) -> Decision {
        guard let isOn = Self.isOn(payload) else { return refuseSwitch(command, now) }
        let change: JSONValue = ["labelSwitch": .object([label.rawValue: .bool(isOn)])]
        return .accept(Order(command: command, wish: .settings(of: processor, json: change.jsonBytes)))
    }

    private static func isOn(_ payload: [UInt8]) -> Bool? {
        switch String(decoding: payload.prefix(8), as: UTF8.self) {
        case "ON": true
        case "OFF": false
        default: nil
        }
    }

    private mutating func refuseSwitch(_ command: Topics.Command, _ now: MonotonicTime) -> Decision {
        refuse(command, "InvalidParameterException", "enabled/set takes ON or OFF", now)
    }

    private mutating func refuse(
        _ command: Topics.Command, _ type: String, _ text: String, _ now: MonotonicTime
    ) -> Decision {
        guard answers.take(at: now) else { return .drop }
        return .answer(to: command, Payloads.failure(type, text))
    }

    /// Whoever waits for an answer by its `requestId` gets it; so many at most that reading for it costs nothing.
    private mutating func throttle(
        _ command: Topics.Command, _ payload: [UInt8], _ now: MonotonicTime
    ) -> Decision {
        let refusal = refuse(command, "ThrottlingException", "too many commands; slow down", now)
        guard case .answer(_, .object(var answer)) = refusal,
            let requestID = JSONValue(parsing: payload)?["requestId"].flatMap(Self.echo)
        else { return refusal }
        answer["requestId"] = requestID
        return .answer(to: command, .object(answer))
    }

    /// Only what is short comes back.
    private static func echo(_ value: JSONValue) -> JSONValue? {
        switch value {
        case .string(let text) where text.utf8.count <= 128: value
        case .integer, .number: value
        default: nil
        }
    }
}

/// Allows `perSecond` on average and `capacity` at once.
struct TokenBucket: Sendable {
    let capacity: Double
    let perSecond: Double
    private var level: Double
    private var filledAt: MonotonicTime?

    init(capacity: Double, perSecond: Double) {
        self.capacity = capacity
        self.perSecond = perSecond
        level = capacity
    }

    mutating func take(at now: MonotonicTime) -> Bool {
        if let filledAt { level = min(capacity, level + max(0, (now - filledAt).inSeconds) * perSecond) }
        filledAt = now
        guard level >= 1 else { return false }
        level -= 1
        return true
    }
}
