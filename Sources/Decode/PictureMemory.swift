import CLibAV

/// Where the memory of pictures goes when it is free.
package enum PictureMemory {
    /// Larger than the frames of most cameras, which come again and again: those stay with the program.
    private static let largeBlock = 4 << 20
    private static let mostKept = 8 << 20

    /// Large blocks go back to the system as soon as they are free. Without it glibc keeps blocks of up to 32 MB, once one
    /// has been freed, in each of its arenas (mallopt(3)): 126 MB after some large pictures instead of 67. To be called
    /// before other threads start.
    package static func giveBackLargeBlocks() {
        // They fail on unknown options only; then memory is kept as it always was.
        _ = mallopt(CLibAV_MMAP_THRESHOLD, CInt(clamping: largeBlock))
        _ = mallopt(CLibAV_TRIM_THRESHOLD, CInt(clamping: mostKept))
    }
}
