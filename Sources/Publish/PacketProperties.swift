/// The packets that a broker may send to a client.
enum BrokerPacket: UInt8 {
    case connack = 2
    case publish = 3
    case puback = 4
    case suback = 9
    case unsuback = 11
    case pingreq = 12
    case pingresp = 13
    case disconnect = 14
}

/// A property of MQTT 5 in a packet from a broker (§2.2.2.2).
enum PacketProperty: Int {
    case payloadFormat = 0x01
    case messageExpiry = 0x02
    case contentType = 0x03
    case responseTopic = 0x08
    case correlationData = 0x09
    case subscriptionID = 0x0b
    case sessionExpiry = 0x11
    case assignedClientID = 0x12
    case serverKeepAlive = 0x13
    case authenticationMethod = 0x15
    case authenticationData = 0x16
    case responseInformation = 0x1a
    case serverReference = 0x1c
    case reason = 0x1f
    case receiveMaximum = 0x21
    case topicAliasMaximum = 0x22
    case topicAlias = 0x23
    case maximumQoS = 0x24
    case retainAvailable = 0x25
    case userProperty = 0x26
    case maximumPacketSize = 0x27
    case wildcardAvailable = 0x28
    case subscriptionIDAvailable = 0x29
    case sharedAvailable = 0x2a

    /// These may be there more than once.
    var mayRepeat: Bool { self == .userProperty || self == .subscriptionID }
}

/// What of a packet's properties matters to us. All are read; what is not known or stands twice makes the packet bad.
struct PacketProperties {
    private(set) var numbers: [PacketProperty: Int] = [:]
    /// The broker's own words, cut to what fits into a line.
    private(set) var reason: String?

    /// No properties.
    init() {}

    init(_ reader: inout PacketReader) throws(PacketReader.Flaw) {
        let length = try reader.variableLength()
        guard length <= reader.left else { throw PacketReader.Flaw() }
        let end = reader.position + length
        var seen: Set<PacketProperty> = []
        while reader.position < end {
            guard let property = PacketProperty(rawValue: try reader.variableLength()),
                seen.insert(property).inserted || property.mayRepeat
            else { throw PacketReader.Flaw() }
            try read(property, &reader)
        }
        guard reader.position == end else { throw PacketReader.Flaw() }
    }

    private mutating func read(_ property: PacketProperty, _ reader: inout PacketReader) throws(PacketReader.Flaw) {
        switch property {
        case .payloadFormat, .maximumQoS, .retainAvailable, .wildcardAvailable, .subscriptionIDAvailable,
            .sharedAvailable:
            let value = try reader.byte()
            guard value <= 1 else { throw PacketReader.Flaw() }
            numbers[property] = Int(value)
        case .serverKeepAlive, .receiveMaximum, .topicAliasMaximum, .topicAlias:
            numbers[property] = Int(try reader.uint16())
        case .messageExpiry, .sessionExpiry, .maximumPacketSize: numbers[property] = Int(try reader.uint32())
        case .subscriptionID: _ = try reader.variableLength()
        case .correlationData, .authenticationData: _ = try reader.binary()
        case .userProperty:
            _ = try reader.text()
            _ = try reader.text()
        case .reason: reason = Self.line(try reader.text())
        case .contentType, .responseTopic, .assignedClientID, .authenticationMethod, .responseInformation,
            .serverReference:
            _ = try reader.text()
        }
    }

    /// Foreign words become part of a line in the log and of a JSON text.
    private static func line(_ text: String) -> String? {
        let clean = text.unicodeScalars.prefix(200).filter { $0.properties.generalCategory != .control }
        return clean.isEmpty ? nil : String(String.UnicodeScalarView(clean))
    }
}
