import CLibAV

/// Where the memory of pictures goes when it is free.
package enum PictureMemory {
    /// Pictures, JPEGs and texts above this size come and go a few times a second: the system's calls for them cost nothing that
    /// can be measured, and in between small blocks they would leave holes that nothing fits.
    private static let largeBlock = 128 << 10
    private static let mostKept = 8 << 20
    /// Memory that is free again can be had by threads of the same arena only.
    private static let arenas = 1

    /// Large blocks go back to the system as soon as they are free, and the others are kept in one arena, whatever thread
    /// they were for: for the few thousand small blocks of a second no thread waits long. Without it glibc keeps blocks of
    /// up to 32 MB, once one has been freed, in each of up to eight arenas for each core (mallopt(3)): 126 MB after some
    /// large pictures instead of 67, and 12 MB instead of 6 for two who look at a clip. To be called before other threads
    /// start.
    package static func giveBackLargeBlocks() {
        // They fail on unknown options only; then memory is kept as it always was.
        _ = mallopt(CLibAV_MMAP_THRESHOLD, CInt(clamping: largeBlock))
        _ = mallopt(CLibAV_TRIM_THRESHOLD, CInt(clamping: mostKept))
        _ = mallopt(CLibAV_ARENA_MAX, CInt(clamping: arenas))
    }
}
