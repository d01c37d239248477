import Base

/// What a text of the config file may be, and what to tell its owner when it is not.
package struct TextRule: Sendable {
    /// Completes the sentence that began with the wrong value.
    package let advice: String
    private let test: @Sendable (String) -> Bool

    package init(_ advice: String, _ test: @escaping @Sendable (String) -> Bool) {
        self.advice = advice
        self.test = test
    }

    package func admits(_ text: String) -> Bool { test(text) }

    /// One segment of an MQTT topic. Stricter than MQTT 3.1.1 §4.7, which forbids only `+`, `#` and NUL in names: the
    /// same text is also a client id and part of Home Assistant's ids, which allow no more than this.
    package static let topicSegment = TextRule("must be 1–64 characters of a-z A-Z 0-9 _ - (no / + #)") { text in
        CameraName(text) != nil
    }

    package static let absolutePath = TextRule("must be an absolute path such as /etc/porchlight/…") {
        isAbsolutePath($0)
    }

    /// `sockaddr_un` holds 108 bytes with the closing NUL: unix(7).
    static let socketPath = TextRule("must be an absolute path of at most 107 bytes, or null for no socket") { text in
        isAbsolutePath(text) && text.utf8.count <= 107
    }

    static let modelPath = TextRule(
        "must be \"default\", a folder or an .onnx file on this machine; nothing is downloaded"
    ) { text in
        isPathText(text) && !text.contains("://")
    }

    static let inputSize = TextRule(
        "must be the width and height of the network's input, each 32 to 2048, such as 640x384, or null for what the model says"
    ) { text in
        PixelSize(text).map { (32...2048).contains($0.width) && (32...2048).contains($0.height) } ?? false
    }

    /// A host name (RFC 1123) or a numeric address; a scheme, a port or a path do not belong here.
    package static let host = TextRule(
        "must be a host name or an address alone, such as broker.lan or 192.168.1.5; the port goes into mqtt.port"
    ) { text in
        let isHostText = text.utf8.allSatisfy { $0.isNameCharacter || $0 == UInt8(ascii: ".") }
        return (1...253).contains(text.utf8.count) && (isHostText || NumericAddress(text) != nil)
    }

    /// MQTT 3.1.1 §1.5.3: UTF-8 up to 65,535 bytes; control characters are asking for trouble.
    package static let userName = TextRule("must be 1–256 bytes of text without control characters, or null for none") {
        text in
        (1...256).contains(text.utf8.count) && !text.unicodeScalars.contains(where: \.isControl)
    }

    private static func isAbsolutePath(_ text: String) -> Bool { text.hasPrefix("/") && isPathText(text) }

    /// Linux's PATH_MAX is 4096 bytes with the closing NUL.
    package static func isPathText(_ text: String) -> Bool {
        (1...4095).contains(text.utf8.count) && !text.unicodeScalars.contains(where: \.isControl)
    }
}
