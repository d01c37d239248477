import Glibc
import Runtime

/// What is asked of the person at the terminal.
enum Prompt {
    /// - Returns: whether the answer begins with y.
    /// - Throws: `CommandFailure` when nobody is there to be asked.
    static func agrees(_ question: String) throws(CommandFailure) -> Bool {
        guard isatty(STDIN_FILENO) == 1 else {
            throw CommandFailure(.usage, "nobody can be asked here: say --yes")
        }
        tell("\(question) [y/N] ")
        return (readLine() ?? "").lowercased().hasPrefix("y")
    }

    /// - Parameter proposal: the answer when the line is empty.
    /// - Throws: `CommandFailure` when nobody answers.
    static func line(_ question: String, _ proposal: String) throws(CommandFailure) -> String {
        tell(proposal.isEmpty ? "\(question): " : "\(question) [\(proposal)]: ")
        guard let answer = readLine() else {
            throw CommandFailure(.usage, "the questions were left; nothing was written")
        }
        let words = answer.split(whereSeparator: \.isWhitespace)
        return words.isEmpty ? proposal : words.joined(separator: " ")
    }

    /// A line that is not shown while it is written.
    /// - Throws: `CommandFailure` when nobody is there to be asked.
    static func secret(_ question: String) throws(CommandFailure) -> String {
        var before = termios()
        guard isatty(STDIN_FILENO) == 1, unsafe tcgetattr(STDIN_FILENO, &before) == 0 else {
            throw CommandFailure(.usage, "nobody can be asked for a passphrase here: give --passphrase-file")
        }
        var silent = before
        silent.c_lflag &= ~tcflag_t(ECHO)
        _ = unsafe tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent)
        defer {
            _ = unsafe tcsetattr(STDIN_FILENO, TCSAFLUSH, &before)
            tell("\n")
        }
        tell(question)
        return readLine() ?? ""
    }

    private static func tell(_ text: String) {
        let bytes = Array(text.utf8)
        _ = unsafe write(STDERR_FILENO, bytes, bytes.count)
    }
}
