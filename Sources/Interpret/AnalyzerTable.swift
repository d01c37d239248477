package import Base

/// The analyzers, one for each family of plans.
package enum AnalyzerTable {
    static let rows: [any Analyzer.Type] = [ConnectedHomeAnalyzer.self]

    /// For a session that begins.
    /// - Parameter makeID: a fresh lower-case UUID each time.
    /// - Returns: nil for a plan that nothing here carries out.
    package static func analyzer(
        for processor: ActiveProcessor, makeID: @escaping @Sendable () -> String
    ) -> (any Analyzer)? {
        for row in rows { if let analyzer = row.init(processor, makeID: makeID) { return analyzer } }
        return nil
    }
}
