/// How patient a link is. The program uses `usual`; tests hurry.
package struct LinkPace: Sendable, Equatable {
    /// The pause after the first failed attempt; it doubles up to `longestPause`: so long at most the house waits for us
    /// when its broker is back.
    package var firstPause = Duration.seconds(1)
    package var longestPause = Duration.seconds(15)
    /// MQTT's keep-alive, seconds, at least 5. The broker gives us up after 1.5 times this (MQTT 5 §3.1.2.10).
    package var keepAliveSeconds = 10
    /// Without a byte from the broker for so long (two pings unanswered) the socket is dead.
    package var silenceLimit = Duration.seconds(21)
    package var connectLimit = Duration.seconds(10)
    /// A second box with our client id throws us out; giving way for so long makes that visible instead of a storm.
    package var takeoverPause = Duration.seconds(30)
    /// A broker that is killed forgets what it has acknowledged and not passed on. An event counts as sent once the
    /// broker has shown a sign of life so long after it acknowledged it; until then a lost connection sends it again.
    package var belief = Duration.seconds(2)

    package init() {}

    package static let usual = LinkPace()
}
