// The executable's malloc comes before the C library's for everybody in the process, the Swift runtime included; glibc keeps
// the real ones under these names (https://www.gnu.org/software/libc/manual/html_node/Replacing-malloc.html).
#include "CMallocCounter.h"

#include <errno.h>
#include <malloc.h>
#include <stddef.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *memory);

static __thread unsigned long allocations;
static __thread long bytes, peak;

unsigned long CMallocCounter_count(void) { return allocations; }

long CMallocCounter_bytes(void) { return bytes; }

void CMallocCounter_startPeak(void) { peak = bytes; }

long CMallocCounter_peak(void) { return peak; }

// A sanitizer's malloc must be the process's own.
#if __has_feature(thread_sanitizer) || __has_feature(address_sanitizer)
int CMallocCounter_isCounting(void) { return 0; }
#else
int CMallocCounter_isCounting(void) { return 1; }

static void *counted(void *memory) {
    allocations++;
    if (memory) bytes += (long)malloc_usable_size(memory);
    if (bytes > peak) peak = bytes;
    return memory;
}

void *malloc(size_t size) { return counted(__libc_malloc(size)); }

void *calloc(size_t count, size_t size) { return counted(__libc_calloc(count, size)); }

void *realloc(void *memory, size_t size) {
    long before = memory ? (long)malloc_usable_size(memory) : 0;
    void *moved = __libc_realloc(memory, size);
    // When there is no room the old memory stays; size 0 frees it.
    if (moved || !size) bytes -= before;
    return counted(moved);
}

void *aligned_alloc(size_t alignment, size_t size) { return counted(__libc_memalign(alignment, size)); }

int posix_memalign(void **memory, size_t alignment, size_t size) {
    *memory = counted(__libc_memalign(alignment, size));
    return *memory ? 0 : ENOMEM;
}

void free(void *memory) {
    if (memory) bytes -= (long)malloc_usable_size(memory);
    __libc_free(memory);
}
#endif
