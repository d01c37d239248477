// Counts the memory allocations of one thread, for the tests that a run of the engine makes none and that another plan of a
// network takes little.
#pragma once

/// 0 under a sanitizer, where nothing is counted.
int CMallocCounter_isCounting(void);

/// How often this thread has called malloc, calloc, realloc, posix_memalign or aligned_alloc.
unsigned long CMallocCounter_count(void);

/// Bytes that this thread has allocated, less those that it has freed: memory freed by another thread stays counted.
long CMallocCounter_bytes(void);
