import Base
import Interpret

extension FuzzTarget {
    /// The `.json` beside a network.
    static let manifest = FuzzTarget("manifest") { bytes in
        guard let json = JSONValue(parsing: bytes) else { return }
        do throws(InterpretError) {
            let manifest = try ModelManifest(checking: json)
            _ = (manifest.inputShape, manifest.budget)
        } catch { _ = error.description }
    }
}
