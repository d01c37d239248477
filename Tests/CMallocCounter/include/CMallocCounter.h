// Counts the memory allocations of one thread, for the tests that a run of the engine makes none, and that other work takes
// little.
#pragma once

/// 0 under a sanitizer, where nothing is counted.
int CMallocCounter_isCounting(void);

/// How often this thread has called malloc, calloc, realloc, posix_memalign or aligned_alloc.
unsigned long CMallocCounter_count(void);

/// Bytes that this thread has allocated, less those that it has freed: memory freed by another thread stays counted.
long CMallocCounter_bytes(void);

/// From here on the peak is counted anew.
void CMallocCounter_startPeak(void);

/// The most that `CMallocCounter_bytes` has been since `CMallocCounter_startPeak`.
long CMallocCounter_peak(void);
