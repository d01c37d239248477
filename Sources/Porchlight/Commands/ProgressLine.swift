import Base
import Glibc

/// How far long work is, on one line of the terminal that is gone when the work ends. Nothing where nobody watches.
final class ProgressLine {
    private let total: Int
    private let what: String
    private let isWatched = isatty(STDERR_FILENO) == 1
    private let began = MonotonicTime.now()
    private var shownAt: MonotonicTime?

    init(total: Int, what: String) {
        self.total = total
        self.what = what
    }

    func show(_ done: Int) {
        guard isWatched else { return }
        let now = MonotonicTime.now()
        if let shownAt, now - shownAt < .milliseconds(200) { return }
        shownAt = now
        write("\r\u{1B}[K" + Self.text(done: done, of: total, what, after: now - began))
    }

    func clear() {
        if shownAt != nil { write("\r\u{1B}[K") }
    }

    /// `120 of 6374 pictures, 7 min left`
    static func text(done: Int, of total: Int, _ what: String, after elapsed: Duration) -> String {
        let seconds = Int((elapsed.inSeconds / Double(max(1, done)) * Double(total - done)).rounded(.up))
        return "\(done) of \(total) \(what), " + (seconds < 100 ? "\(seconds) s" : "\((seconds + 30) / 60) min")
            + " left"
    }

    private func write(_ text: String) {
        let bytes = Array(text.utf8)
        // Nothing can be done about a closed stderr.
        _ = unsafe Glibc.write(STDERR_FILENO, bytes, bytes.count)
    }
}
