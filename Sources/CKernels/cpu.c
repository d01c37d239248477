#include "CKernels.h"

#if defined(__aarch64__) && defined(__linux__)
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif

const float CKernels_zeros[192] __attribute__((aligned(64)));

int CKernels_level(void) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (!(__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi") &&
          __builtin_cpu_supports("bmi2")))
        return 0;
    // __builtin_cpu_supports also asks the kernel (xgetbv) whether it saves the wide registers.
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512cd") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
        return __builtin_cpu_supports("avx512vnni") && __builtin_cpu_supports("avx512vbmi") ? 5 : 4;
    return 3;
#elif defined(__linux__)
    return getauxval(AT_HWCAP) & HWCAP_ASIMDDP ? 1 : 0;
#else
    return 0;
#endif
}
