/// Waiting that ends whatever hangs: what is not over in time goes on by itself, and nobody listens to it any more.
package enum Deadline {
    /// The result of `body`; nil when there is none after `limit`, or the caller is cancelled before.
    package static func value<R: Sendable>(
        within limit: Duration, of body: @escaping @Sendable () async -> R
    ) async -> R? {
        let (results, result) = AsyncStream.makeStream(of: R.self)
        let work = Task {
            result.yield(await body())
            result.finish()
        }
        let found = await first(of: results, within: limit) { result.finish() }
        work.cancel()
        return found
    }

    /// Runs what blocks on a thread of its own, away from the cooperative pool.
    /// - Returns: whether it was over within `limit`; false, too, when the kernel has no thread for it.
    package static func onThread(
        _ name: String, within limit: Duration, _ body: @escaping @Sendable () -> Void
    ) async -> Bool {
        let (ends, end) = AsyncStream.makeStream(of: Bool.self)
        let thread = try? NamedThread(name) {
            body()
            end.yield(true)
            end.finish()
        }
        guard thread != nil else { return false }
        return await first(of: ends, within: limit) { end.finish() } ?? false
    }

    private static func first<R: Sendable>(
        of results: AsyncStream<R>, within limit: Duration, giveUp: @escaping @Sendable () -> Void
    ) async -> R? {
        let alarm = Task {
            try? await Task.sleep(for: limit)
            giveUp()
        }
        defer { alarm.cancel() }
        return await results.first { _ in true }
    }
}
