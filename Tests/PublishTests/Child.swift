import Glibc
import Runtime
import Synchronization

/// Another program. Foundation's `Process` learns of its end through the run loop of the thread that started it, which
/// async tests do not have.
final class Child: Sendable {
    private let processID: Mutex<pid_t?>
    /// The read end of its standard output, owned by the caller; -1 when it is not read.
    let output: CInt

    init(_ program: String, _ arguments: [String], isRead: Bool = false) throws(SystemError) {
        var ends: [CInt] = [-1, -1]
        if isRead {
            try SystemError.check("pipe") { unsafe pipe(&ends) }
            try SystemError.check("fcntl") { fcntl(ends[0], F_SETFD, FD_CLOEXEC) }
        }
        var files = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&files)
        defer { unsafe posix_spawn_file_actions_destroy(&files) }
        for descriptor in [CInt(0), 1, 2] {
            unsafe posix_spawn_file_actions_addopen(&files, descriptor, "/dev/null", O_RDWR, 0)
        }
        if isRead { unsafe posix_spawn_file_actions_adddup2(&files, ends[1], 1) }
        var words = unsafe ([program] + arguments).map { unsafe strdup($0) } + [nil]
        defer { unsafe words.forEach { unsafe free($0) } }
        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        unsafe sigemptyset(&none)
        // Threads of the concurrency pool block signals, and children inherit that: SIGTERM would not reach them.
        unsafe posix_spawnattr_setsigmask(&attributes, &none)
        unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        var child = pid_t()
        let status = unsafe posix_spawn(&child, program, &files, &attributes, &words, environ)
        if isRead { close(ends[1]) }
        guard status == 0 else { throw SystemError(call: "posix_spawn \(program)", errno: status) }
        processID = Mutex(child)
        output = ends[0]
    }

    deinit { end(SIGKILL) }

    /// Sends `signal` and waits; after five seconds there is no asking.
    func end(_ signal: CInt) {
        if let child = processID.withLock({ $0 }) { kill(child, signal) }
        if !waitForEnd(), let child = processID.withLock({ $0 }) {
            kill(child, SIGKILL)
            waitForEnd()
        }
    }

    @discardableResult
    func waitForEnd(within seconds: Int = 5) -> Bool {
        for _ in 0..<(seconds * 500) {
            let isOver = processID.withLock { child in
                guard let running = child else { return true }
                guard waitpid(running, nil, WNOHANG) != 0 else { return false }
                child = nil
                return true
            }
            if isOver { return true }
            usleep(2000)
        }
        return false
    }
}
