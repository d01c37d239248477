import CBLAS

/// Memory that this process has freed and the allocator keeps for the next time.
package enum FreeMemory {
    /// Gives whole free pages of all arenas back to the system; some milliseconds. For after something that takes much memory
    /// for a moment and seldom, as planning a network does, and once a minute: glibc would keep all of it.
    package static func giveBack() { _ = malloc_trim(0) }
}
