import Publish

extension FuzzTarget {
    /// What a broker sends. The first byte chooses the version of MQTT, the second how the stream is cut into pieces: what
    /// comes out must not depend on that.
    static let mqtt = FuzzTarget("mqtt") { bytes in
        let (head, stream) = split(bytes, head: 2)
        let whole = passed(stream, version5: head[0] & 1 == 0, piece: stream.count)
        let pieces = passed(stream, version5: head[0] & 1 == 0, piece: 1 + Int(head[1] % 7))
        precondition(whole == pieces, "what passes depends on how the stream is cut")
    }

    private struct Outcome: Equatable {
        var output: [UInt8] = []
        var flaw: String?
        var terms: BrokerTerms?
        var words: String?
    }

    private static func passed(_ stream: [UInt8], version5: Bool, piece: Int) -> Outcome {
        var packets = PacketGuard(version5: version5, keepAliveSeconds: 10)
        var outcome = Outcome()
        var rest = stream[...]
        while !rest.isEmpty, outcome.flaw == nil {
            do throws(LinkFailure) { try packets.take(rest.prefix(piece), into: &outcome.output) } catch {
                outcome.flaw = error.reason
            }
            rest = rest.dropFirst(piece)
        }
        (outcome.terms, outcome.words) = (packets.terms, packets.brokersWords)
        while packets.takeCutPayload() != nil {}
        return outcome
    }
}
