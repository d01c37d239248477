package import Runtime

/// Why a data set cannot be used.
package enum EvaluateError: Recoverable, Sendable, Equatable, CustomStringConvertible {
    /// The first thing in the file that is wrong, with its JSON path.
    case dataset(path: String, problem: String)
    /// Model and data set share no class.
    case nothingInCommon(dataset: [String], model: [String])

    package var description: String {
        switch self {
        case .dataset(let path, let problem): "\(path): \(problem)"
        case .nothingInCommon(let dataset, let model):
            "its categories (\(Self.listed(dataset))) are none that the model finds (\(Self.listed(model)))"
        }
    }

    private static func listed(_ names: [String]) -> String {
        names.isEmpty ? "none" : names.prefix(8).joined(separator: ", ") + (names.count > 8 ? ", …" : "")
    }

    /// Neither file gets better by itself.
    package var recovery: Recovery { .giveUp }
}
