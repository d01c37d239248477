package import Base

/// The analyzers, one for each family of plans.
package enum AnalyzerTable {
    static let rows: [any Analyzer.Type] = [ConnectedHomeAnalyzer.self, FaceSearchAnalyzer.self]

    /// For a session that begins.
    /// - Returns: nil for a plan that nothing here carries out.
    package static func analyzer(for processor: ActiveProcessor, _ tools: AnalyzerTools) -> (any Analyzer)? {
        for row in rows { if let analyzer = row.init(processor, tools) { return analyzer } }
        return nil
    }
}
