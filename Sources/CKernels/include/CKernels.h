// Only what Swift cannot say: cpuid, futex, atomics on plain memory.
#pragma once
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "shuffles.h"

#include "dots.h"

/// 0: baseline of the architecture, 3: x86-64-v3 (AVX2, FMA), 4: x86-64-v4 (AVX-512 F, BW, CD, DQ, VL),
/// 5: that with VNNI and VBMI; on arm64 1: with dot products.
int CKernels_level(void);

/// The 32-bit word that threads of a `WorkerPool` share. Plain C memory: `_Atomic` members do not import.
static inline uint32_t CKernels_load(const uint32_t *_Nonnull word) {
    return atomic_load_explicit((const _Atomic(uint32_t) *)word, memory_order_seq_cst);
}
static inline void CKernels_store(uint32_t *_Nonnull word, uint32_t value) {
    atomic_store_explicit((_Atomic(uint32_t) *)word, value, memory_order_seq_cst);
}
/// Returns the value before.
static inline uint32_t CKernels_add(uint32_t *_Nonnull word, uint32_t value) {
    return atomic_fetch_add_explicit((_Atomic(uint32_t) *)word, value, memory_order_seq_cst);
}
/// Whether the word was `expected` and is `value` now.
static inline bool CKernels_exchange(uint32_t *_Nonnull word, uint32_t expected, uint32_t value) {
    return atomic_compare_exchange_strong((_Atomic(uint32_t) *)word, &expected, value);
}
/// Tells the core that this is a spin loop.
static inline void CKernels_pause(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("isb");
#endif
}
/// Sleeps while `*word == expected`; wakes also for no reason.
void CKernels_wait(uint32_t *_Nonnull word, uint32_t expected);
/// Wakes all that wait on `word`.
void CKernels_wake(uint32_t *_Nonnull word);

/// Readable zeros, for rows outside of a plane.
extern const float CKernels_zeros[192];
static inline const float *_Nonnull CKernels_zeroRow(void) { return CKernels_zeros + 64; }
