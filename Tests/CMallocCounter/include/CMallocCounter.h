// Counts the memory allocations of one thread, for the test that a run of the engine makes none.
#pragma once

/// How often this thread has called malloc, calloc, realloc, posix_memalign or aligned_alloc.
unsigned long CMallocCounter_count(void);
