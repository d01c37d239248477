#pragma once
// Sums of products of small integers, conversions and byte tables: Swift has no word for these instructions.
// Only for targets that are compiled for them, as in shuffles.h. The builtins are the compiler's own: a header with all
// intrinsics would come into every module that sees this one.
typedef int CKernels_i4 __attribute__((ext_vector_type(4)));
static inline __attribute__((always_inline)) CKernels_v4 CKernels_toFloat4(CKernels_i4 a) {
    return __builtin_convertvector(a, CKernels_v4);
}
/// The larger byte of each place.
static inline __attribute__((always_inline)) CKernels_i4 CKernels_largerBytes4(CKernels_i4 a, CKernels_i4 b) {
    typedef unsigned char Bytes __attribute__((ext_vector_type(16)));
    return (CKernels_i4)__builtin_elementwise_max((Bytes)a, (Bytes)b);
}
/// The lowest byte of each lane.
static inline __attribute__((always_inline)) void CKernels_storeBytes4(CKernels_i4 a, unsigned char *_Nonnull p) {
    typedef unsigned char Bytes __attribute__((ext_vector_type(4), aligned(1)));
    *(Bytes *)p = __builtin_convertvector(a, Bytes);
}
#if defined(__x86_64__)
/// The second operand wins where a number is none.
static inline __attribute__((always_inline)) CKernels_v4
CKernels_bounded4(CKernels_v4 a, CKernels_v4 low, CKernels_v4 high) {
    typedef float Floats __attribute__((vector_size(16)));
    return (CKernels_v4)__builtin_ia32_minps(__builtin_ia32_maxps((Floats)a, (Floats)low), (Floats)high);
}
typedef short CKernels_s8 __attribute__((vector_size(16)));
/// Pairs of 16-bit numbers: a0 * w0 + a1 * w1 in each lane.
static inline __attribute__((always_inline)) CKernels_i4 CKernels_pairs4(CKernels_i4 a, int w) {
    CKernels_i4 all = w;
    return (CKernels_i4)__builtin_ia32_pmaddwd128((CKernels_s8)a, (CKernels_s8)all);
}
/// Every eight bytes summed: the sum lies in the even lane, 0 in the odd one.
static inline __attribute__((always_inline)) CKernels_i4 CKernels_eights4(CKernels_i4 a) {
    typedef char Bytes __attribute__((vector_size(16)));
    return (CKernels_i4)__builtin_ia32_psadbw128((Bytes)a, (Bytes){0});
}
#elif defined(__aarch64__)
#include <arm_neon.h>
static inline __attribute__((always_inline)) CKernels_v4
CKernels_bounded4(CKernels_v4 a, CKernels_v4 low, CKernels_v4 high) {
    return (CKernels_v4)vminq_f32(vmaxq_f32((float32x4_t)a, (float32x4_t)low), (float32x4_t)high);
}
typedef signed char CKernels_b8 __attribute__((ext_vector_type(8)));
typedef short CKernels_s8 __attribute__((ext_vector_type(8)));
/// `x * w + y * v` in 16 bits each.
static inline __attribute__((always_inline)) CKernels_s8
CKernels_products(CKernels_b8 x, CKernels_b8 w, CKernels_b8 y, CKernels_b8 v) {
    return (CKernels_s8)vmlal_s8(vmull_s8((int8x8_t)x, (int8x8_t)w), (int8x8_t)y, (int8x8_t)v);
}
static inline __attribute__((always_inline)) CKernels_s8 CKernels_product(CKernels_b8 x, CKernels_b8 w) {
    return (CKernels_s8)vmull_s8((int8x8_t)x, (int8x8_t)w);
}
/// Each two neighbours are added to a lane.
static inline __attribute__((always_inline)) CKernels_i4 CKernels_addPairs(CKernels_i4 sum, CKernels_s8 a) {
    return (CKernels_i4)vpadalq_s16((int32x4_t)sum, (int16x8_t)a);
}
/// The first four are added, or the last four.
static inline __attribute__((always_inline)) CKernels_i4 CKernels_addLow(CKernels_i4 sum, CKernels_s8 a) {
    return (CKernels_i4)vaddw_s16((int32x4_t)sum, vget_low_s16((int16x8_t)a));
}
static inline __attribute__((always_inline)) CKernels_i4 CKernels_addHigh(CKernels_i4 sum, CKernels_s8 a) {
    return (CKernels_i4)vaddw_high_s16((int32x4_t)sum, (int16x8_t)a);
}
/// The transpose of the four, in rows that lie `step` numbers apart.
static inline __attribute__((always_inline)) void
CKernels_storeTransposed4(CKernels_i4 a, CKernels_i4 b, CKernels_i4 c, CKernels_i4 d, int *_Nonnull rows, long step) {
    int32x4x2_t ac = vzipq_s32((int32x4_t)a, (int32x4_t)c), bd = vzipq_s32((int32x4_t)b, (int32x4_t)d);
    int32x4x2_t first = vzipq_s32(ac.val[0], bd.val[0]), last = vzipq_s32(ac.val[1], bd.val[1]);
    vst1q_s32(rows, first.val[0]);
    vst1q_s32(rows + step, first.val[1]);
    vst1q_s32(rows + 2 * step, last.val[0]);
    vst1q_s32(rows + 3 * step, last.val[1]);
}
/// The sums of neighbours: those of `low`, then those of `high`.
static inline __attribute__((always_inline)) CKernels_i4 CKernels_pairSums(CKernels_i4 low, CKernels_i4 high) {
    return (CKernels_i4)vpaddq_s32((int32x4_t)low, (int32x4_t)high);
}
static inline __attribute__((always_inline)) CKernels_i4 CKernels_eights4(CKernels_i4 a) {
    return (CKernels_i4)vpaddlq_u32(vpaddlq_u16(vpaddlq_u8((uint8x16_t)a)));
}
/// 16 bytes looked up in a table of 256.
static inline __attribute__((always_inline)) CKernels_i4
CKernels_lookUp4(CKernels_i4 words, const unsigned char *_Nonnull table) {
    uint8x16_t index = (uint8x16_t)words, step = vdupq_n_u8(64);
    uint8x16_t found = vqtbl4q_u8(vld1q_u8_x4(table), index);
    index = vsubq_u8(index, step);
    found = vqtbx4q_u8(found, vld1q_u8_x4(table + 64), index);
    index = vsubq_u8(index, step);
    found = vqtbx4q_u8(found, vld1q_u8_x4(table + 128), index);
    index = vsubq_u8(index, step);
    return (CKernels_i4)vqtbx4q_u8(found, vld1q_u8_x4(table + 192), index);
}
#ifdef __ARM_FEATURE_DOTPROD
/// Four signed bytes of each lane times the four of `w`.
static inline __attribute__((always_inline)) CKernels_i4 CKernels_dot4(CKernels_i4 sum, CKernels_i4 a, int w) {
    return (CKernels_i4)vdotq_s32((int32x4_t)sum, (int8x16_t)a, vreinterpretq_s8_s32(vdupq_n_s32(w)));
}
#endif
#endif
#ifdef __AVX2__
typedef int CKernels_i8 __attribute__((ext_vector_type(8)));
typedef short CKernels_s16 __attribute__((vector_size(32)));
static inline __attribute__((always_inline)) CKernels_v8 CKernels_toFloat8(CKernels_i8 a) {
    return __builtin_convertvector(a, CKernels_v8);
}
static inline __attribute__((always_inline)) CKernels_v8
CKernels_bounded8(CKernels_v8 a, CKernels_v8 low, CKernels_v8 high) {
    typedef float Floats __attribute__((vector_size(32)));
    return (CKernels_v8)__builtin_ia32_minps256(__builtin_ia32_maxps256((Floats)a, (Floats)low), (Floats)high);
}
static inline __attribute__((always_inline)) CKernels_i8 CKernels_largerBytes8(CKernels_i8 a, CKernels_i8 b) {
    typedef unsigned char Bytes __attribute__((ext_vector_type(32)));
    return (CKernels_i8)__builtin_elementwise_max((Bytes)a, (Bytes)b);
}
static inline __attribute__((always_inline)) CKernels_i8 CKernels_pairs8(CKernels_i8 a, int w) {
    CKernels_i8 all = w;
    return (CKernels_i8)__builtin_ia32_pmaddwd256((CKernels_s16)a, (CKernels_s16)all);
}
static inline __attribute__((always_inline)) CKernels_i8 CKernels_eights8(CKernels_i8 a) {
    typedef char Bytes __attribute__((vector_size(32)));
    return (CKernels_i8)__builtin_ia32_psadbw256((Bytes)a, (Bytes){0});
}
static inline __attribute__((always_inline)) void CKernels_storeBytes8(CKernels_i8 a, unsigned char *_Nonnull p) {
    typedef unsigned char Bytes __attribute__((ext_vector_type(8), aligned(1)));
    *(Bytes *)p = __builtin_convertvector(a, Bytes);
}
#endif
#ifdef __AVX512BW__
typedef int CKernels_i16 __attribute__((ext_vector_type(16)));
typedef short CKernels_s32 __attribute__((vector_size(64)));
static inline __attribute__((always_inline)) CKernels_v16 CKernels_toFloat16(CKernels_i16 a) {
    return __builtin_convertvector(a, CKernels_v16);
}
static inline __attribute__((always_inline)) CKernels_v16
CKernels_bounded16(CKernels_v16 a, CKernels_v16 low, CKernels_v16 high) {
    typedef float Floats __attribute__((vector_size(64)));
    return (CKernels_v16)__builtin_ia32_minps512(
        __builtin_ia32_maxps512((Floats)a, (Floats)low, 4), (Floats)high, 4);
}
static inline __attribute__((always_inline)) CKernels_i16 CKernels_largerBytes16(CKernels_i16 a, CKernels_i16 b) {
    typedef unsigned char Bytes __attribute__((ext_vector_type(64)));
    return (CKernels_i16)__builtin_elementwise_max((Bytes)a, (Bytes)b);
}
static inline __attribute__((always_inline)) CKernels_i16 CKernels_pairs16(CKernels_i16 a, int w) {
    CKernels_i16 all = w;
    return (CKernels_i16)__builtin_ia32_pmaddwd512((CKernels_s32)a, (CKernels_s32)all);
}
static inline __attribute__((always_inline)) CKernels_i16 CKernels_eights16(CKernels_i16 a) {
    typedef char Bytes __attribute__((vector_size(64)));
    return (CKernels_i16)__builtin_ia32_psadbw512((Bytes)a, (Bytes){0});
}
static inline __attribute__((always_inline)) void CKernels_storeBytes16(CKernels_i16 a, unsigned char *_Nonnull p) {
    typedef unsigned char Bytes __attribute__((ext_vector_type(16), aligned(1)));
    *(Bytes *)p = __builtin_convertvector(a, Bytes);
}
#endif
#if defined(__AVX512VNNI__) && defined(__AVX512VBMI__)
typedef char CKernels_c64 __attribute__((vector_size(64)));
typedef int CKernels_g16 __attribute__((vector_size(64)));
/// Four unsigned bytes of each lane times the four signed ones of `w`.
static inline __attribute__((always_inline)) CKernels_i16 CKernels_dot16(CKernels_i16 sum, CKernels_i16 a, int w) {
    CKernels_i16 all = w;
    return (CKernels_i16)__builtin_ia32_vpdpbusd512((CKernels_g16)sum, (CKernels_g16)a, (CKernels_g16)all);
}
/// 64 bytes looked up in a table of 256.
static inline __attribute__((always_inline)) CKernels_i16
CKernels_lookUp16(CKernels_i16 words, const unsigned char *_Nonnull table) {
    typedef char Loose __attribute__((vector_size(64), aligned(1)));
    const Loose *parts = (const Loose *)table;
    CKernels_c64 index = (CKernels_c64)words;
    CKernels_c64 low = __builtin_ia32_vpermi2varqi512(parts[0], index, parts[1]);
    CKernels_c64 high = __builtin_ia32_vpermi2varqi512(parts[2], index, parts[3]);
    return (CKernels_i16)__builtin_ia32_selectb_512(__builtin_ia32_cvtb2mask512(index), high, low);
}
#endif
