import Base
import Foundation
import TestSupport
import Testing

/// A config file that was cut, flipped or typed wrongly ends in a list of problems, never in a crash.
@Suite struct SettingsCorruptionTests {
    @Test("damaged bytes of the example are refused or read, never trapped on", arguments: 1...4 as ClosedRange<UInt64>)
    func damagedBytes(seed: UInt64) throws {
        let example = try configFile("porchlight.example.json")
        var random = SplitMix(seed: seed)
        for _ in 0..<400 {
            var bytes = example
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = .random(in: 0...255, using: &random)
            }
            if Bool.random(using: &random) { bytes = bytes.prefix(Int.random(in: 0...bytes.count, using: &random)) }
            guard let json = try? JSONDecoder().decode(JSONValue.self, from: bytes) else { continue }
            _ = problems(in: json)
        }
    }

    @Test(
        "valid JSON with a wrong value anywhere is refused or read, never trapped on",
        arguments: 1...4 as ClosedRange<UInt64>)
    func damagedValues(seed: UInt64) throws {
        let example = try JSONDecoder().decode(JSONValue.self, from: configFile("porchlight.example.json"))
        var random = SplitMix(seed: seed)
        var refused = 0
        for _ in 0..<2000 {
            let changed = example.damaged(using: &random)
            if !problems(in: changed).isEmpty { refused += 1 }
        }
        // Most damage must be seen, or the check checks nothing.
        #expect(refused > 1000)
    }
}

extension JSONValue {
    private static let oddities: [JSONValue] = [
        nil, true, 0, -1, 1e308, .number(.nan), .number(-.infinity), .integer(.max), .integer(.min), "", "\u{0}", "::",
        ":", "v4l2:", "file:", "[::]:1", "]:1[", [], [:], [[]], ["": ["": nil]],
        .string(String(repeating: "é", count: 9000)),
    ]

    /// Replaces, renames or removes something at a random place.
    fileprivate func damaged(using random: inout SplitMix) -> JSONValue {
        guard case .object(var members) = self, let key = members.keys.sorted().randomElement(using: &random),
            let value = members[key]
        else { return Self.oddities.randomElement(using: &random) ?? nil }
        switch Int.random(in: 0..<8, using: &random) {
        case 0: members[key] = Self.oddities.randomElement(using: &random)
        case 1:
            let addition = ["s", "\u{0}", "é", "."].randomElement(using: &random) ?? ""
            members[key + addition] = members.removeValue(forKey: key)
        case 2: members[key] = nil
        default: members[key] = value.damaged(using: &random)
        }
        return .object(members)
    }
}
