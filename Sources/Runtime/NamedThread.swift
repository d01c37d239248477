import Glibc

/// A POSIX thread with a name (`top -H` shows it), signals blocked, joined at most once. One that nobody waits for goes on
/// to its end and leaves nothing behind.
@safe package final class NamedThread: @unchecked Sendable {
    private let thread: Monitor<pthread_t?>
    package let name: String

    private final class Start: Sendable {
        let name: String
        let body: @Sendable () -> Void
        init(name: String, body: @escaping @Sendable () -> Void) {
            self.name = name
            self.body = body
        }
    }

    /// Starts the thread. Names longer than 15 bytes are cut (Linux's limit).
    /// - Throws: `SystemError` when the kernel refuses another thread.
    package init(_ name: String, stackBytes: Int = 1 << 20, _ body: @escaping @Sendable () -> Void) throws(SystemError)
    {
        self.name = name
        thread = Monitor(try Self.start(Start(name: String(name.prefix(15)), body: body), stackBytes: stackBytes))
    }

    private static func start(_ start: Start, stackBytes: Int) throws(SystemError) -> pthread_t {
        let argument = unsafe Unmanaged.passRetained(start)
        var attributes = pthread_attr_t()
        _ = unsafe pthread_attr_init(&attributes)
        _ = unsafe pthread_attr_setstacksize(&attributes, stackBytes)
        var handle = pthread_t()
        let status = unsafe pthread_create(&handle, &attributes, threadBody, argument.toOpaque())
        _ = unsafe pthread_attr_destroy(&attributes)
        guard status == 0 else {
            unsafe argument.release()
            throw SystemError(call: "pthread_create", errno: status)
        }
        return handle
    }

    private static let threadBody: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { argument in
        guard let argument = unsafe argument else { return nil }
        // SAFETY: retained once by `passRetained` in `start`, taken exactly once here.
        let start = unsafe Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
        nameThisThread(start.name)
        var all = sigset_t()
        _ = unsafe sigfillset(&all)
        _ = unsafe pthread_sigmask(SIG_BLOCK, &all, nil)
        start.body()
        return nil
    }

    /// The kernel keeps the stack of a thread that is neither joined nor detached.
    deinit {
        let handle = thread.change { handle -> pthread_t? in
            defer { handle = nil }
            return handle
        }
        if let handle { _ = pthread_detach(handle) }
    }

    /// Waits for the end of the thread; later calls return at once.
    package func join() {
        let handle = thread.change { handle -> pthread_t? in
            defer { handle = nil }
            return handle
        }
        if let handle { _ = pthread_join(handle, nil) }
    }

    /// glibc's `pthread_setname_np` is a GNU extension that Swift does not see; the kernel's file does the same.
    private static func nameThisThread(_ name: String) {
        guard let file = try? OwnedFileDescriptor.opening("/proc/thread-self/comm", O_WRONLY) else { return }
        let bytes = Array(name.utf8)
        // A thread without a name works as well.
        _ = unsafe write(file.raw, bytes, bytes.count)
    }
}
