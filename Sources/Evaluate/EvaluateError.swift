package import Runtime

/// Why a data set cannot be used.
package enum EvaluateError: Recoverable, Sendable, Equatable, CustomStringConvertible {
    /// The first thing in the file that is wrong, with its JSON path.
    case dataset(path: String, problem: String)
    /// The first line of a list of pairs that is wrong, from 1.
    case facePairs(line: Int, what: String)
    /// Model and data set share no class.
    case nothingInCommon(dataset: [String], model: [String])

    package var description: String {
        switch self {
        case .dataset(let path, let problem): "\(path): \(problem)"
        case .facePairs(let line, let what): "line \(line): \(what)"
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
