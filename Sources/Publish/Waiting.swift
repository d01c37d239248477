/// Returns when `body` has, or after `limit`; then `body` goes on behind.
func wait(atMost limit: Duration, for body: @escaping @Sendable () async -> Void) async {
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
