/// Returns when `body` has, or after `limit`; `body` is cancelled then, and left behind if it does not heed that.
package func wait(atMost limit: Duration, for body: @escaping @Sendable () async -> Void) async {
    let (ends, end) = AsyncStream.makeStream(of: Void.self)
    let work = Task {
        await body()
        end.finish()
    }
    let alarm = Task {
        try? await Task.sleep(for: limit)
        end.finish()
    }
    for await _ in ends {}
    alarm.cancel()
    work.cancel()
}
