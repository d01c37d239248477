import Glibc
import Runtime

/// A pipe that a thread can poll beside a socket.
final class WakeDescriptor: Sendable {
    private let readEnd: OwnedFileDescriptor
    private let writeEnd: OwnedFileDescriptor

    init() throws(SystemError) {
        var ends: [CInt] = [-1, -1]
        try SystemError.check("pipe") { unsafe pipe(&ends) }
        readEnd = OwnedFileDescriptor(ends[0])
        writeEnd = OwnedFileDescriptor(ends[1])
        for end in ends {
            try SystemError.check("fcntl") { fcntl(end, F_SETFL, O_NONBLOCK) }
            try SystemError.check("fcntl") { fcntl(end, F_SETFD, FD_CLOEXEC) }
        }
    }

    var raw: CInt { readEnd.raw }

    func ring() {
        var byte: UInt8 = 1
        // EAGAIN means that it rings already.
        _ = unsafe write(writeEnd.raw, &byte, 1)
    }

    func silence() {
        var bytes = [UInt8](repeating: 0, count: 64)
        // What is left wakes the next round.
        _ = unsafe read(readEnd.raw, &bytes, bytes.count)
    }
}
