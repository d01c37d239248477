extension Duration {
    private static let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]

    /// How people write a span of time: `90s`, `30m`, `2h`, `7d`; up to 100,000 of a unit. Nil for anything else.
    package init?(span text: some StringProtocol) {
        guard let unit = text.last.flatMap({ Self.units[$0] }), let count = Int64(text.dropLast()),
            (0...100_000).contains(count)
        else { return nil }
        self = .seconds(count * unit)
    }
}
