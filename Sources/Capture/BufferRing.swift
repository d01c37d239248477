import Glibc
import Runtime

/// The driver's mapped buffers. Knows which of them the driver holds; everything the kernel says about them is checked.
@safe final class BufferRing {
    private let device: any VideoDevice
    private var slots: [Slot] = []
    private var isStreaming = false

    @safe private struct Slot {
        let memory: UnsafeRawBufferPointer
        var isWithDriver = false
    }

    var count: Int { slots.count }

    /// Asks for `wanted` buffers, takes what it gets (at least one), maps them, gives all to the driver and starts.
    /// - Throws: the call that failed; everything is undone then.
    init(device: any VideoDevice, wanted: Int) throws(CaptureError) {
        self.device = device
        do throws(SystemError) {
            let granted = try device.requestBuffers(wanted)
            guard granted >= 1 else { throw SystemError(call: "VIDIOC_REQBUFS", errno: ENOMEM) }
            for index in 0..<min(granted, 32) {
                unsafe slots.append(Slot(memory: try device.map(index)))
            }
            for index in slots.indices { try give(index) }
            try device.startStreaming()
            isStreaming = true
        } catch {
            release()
            throw CaptureError(error, path: device.path)
        }
    }

    /// Stops, unmaps and frees in the order that V4L2 wants. Failures are ignored: the device may be gone.
    func release() {
        if isStreaming { try? device.stopStreaming() }
        isStreaming = false
        guard !slots.isEmpty else { return }
        for slot in slots { unsafe device.unmap(slot.memory) }
        slots.removeAll()
        _ = try? device.requestBuffers(0)
    }

    /// Takes the next filled buffer; nil when there is none yet.
    func take() throws(CaptureError) -> FilledBuffer? {
        let filled: FilledBuffer?
        do throws(SystemError) {
            filled = try device.dequeue()
        } catch {
            throw CaptureError(error, path: device.path)
        }
        guard let filled else { return nil }
        guard slots.indices.contains(filled.index) else {
            throw .driverBroken(path: device.path, what: "returned buffer \(filled.index) of \(slots.count)")
        }
        guard slots[filled.index].isWithDriver else {
            throw .driverBroken(path: device.path, what: "returned buffer \(filled.index) twice")
        }
        slots[filled.index].isWithDriver = false
        return filled
    }

    /// Hands a taken buffer back to be filled again.
    func giveBack(_ filled: FilledBuffer) throws(CaptureError) {
        do throws(SystemError) {
            try give(filled.index)
        } catch {
            throw CaptureError(error, path: device.path)
        }
    }

    private func give(_ index: Int) throws(SystemError) {
        try device.enqueue(index)
        slots[index].isWithDriver = true
    }

    /// Everything that is mapped for it, also what the driver did not fill this time.
    func memory(of filled: FilledBuffer) -> UnsafeRawBufferPointer { unsafe slots[filled.index].memory }

    /// The bytes that the driver filled: never more than were mapped.
    func bytes(of filled: FilledBuffer) -> UnsafeRawBufferPointer {
        let memory = unsafe slots[filled.index].memory
        return unsafe UnsafeRawBufferPointer(rebasing: memory.prefix(max(0, filled.bytesUsed)))
    }
}
