import Base
import Glibc

/// A value behind a POSIX mutex with one condition variable: what `Mutex` cannot do, wait with a deadline on a thread.
/// Only named threads may wait; async code must never call `wait`.
@safe package final class Monitor<Value: Sendable>: @unchecked Sendable {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var value: Value

    package init(_ value: Value) {
        self.value = value
        var attributes = pthread_condattr_t()
        // These calls fail only on invalid arguments; all of them are fresh locals.
        _ = unsafe pthread_condattr_init(&attributes)
        _ = unsafe pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        _ = unsafe pthread_cond_init(condition, &attributes)
        _ = unsafe pthread_condattr_destroy(&attributes)
        _ = unsafe pthread_mutex_init(mutex, nil)
    }

    /// Changes the value and wakes every waiter.
    package func change<R>(_ body: (inout Value) -> R) -> R {
        _ = unsafe pthread_mutex_lock(mutex)
        defer {
            _ = unsafe pthread_cond_broadcast(condition)
            _ = unsafe pthread_mutex_unlock(mutex)
        }
        return body(&value)
    }

    /// Waits until `body` returns something or `timeout` has passed (then nil). `body` runs under the lock.
    package func wait<R>(atMost timeout: Duration, until body: (inout Value) -> R?) -> R? {
        let deadline = MonotonicTime.now() + timeout
        var until = timespec(
            tv_sec: time_t(deadline.nanoseconds / 1_000_000_000), tv_nsec: Int(deadline.nanoseconds % 1_000_000_000))
        _ = unsafe pthread_mutex_lock(mutex)
        defer { _ = unsafe pthread_mutex_unlock(mutex) }
        while true {
            if let result = body(&value) {
                _ = unsafe pthread_cond_broadcast(condition)
                return result
            }
            if unsafe pthread_cond_timedwait(condition, mutex, &until) == ETIMEDOUT { return body(&value) }
        }
    }

    deinit {
        unsafe pthread_cond_destroy(condition)
        unsafe pthread_mutex_destroy(mutex)
        unsafe condition.deallocate()
        unsafe mutex.deallocate()
    }
}
