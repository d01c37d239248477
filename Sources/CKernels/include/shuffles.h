#pragma once
// Shuffles with constant lanes: Swift has no word for them, and written lane by lane they become gathers.
// Only for targets that are compiled for the width: a vector argument has another calling convention elsewhere.
typedef float CKernels_v4 __attribute__((ext_vector_type(4)));
static inline __attribute__((always_inline)) CKernels_v4 CKernels_evens4(CKernels_v4 a, CKernels_v4 b) {
    return __builtin_shufflevector(a, b, 0, 2, 4, 6);
}
static inline __attribute__((always_inline)) CKernels_v4 CKernels_odds4(CKernels_v4 a, CKernels_v4 b) {
    return __builtin_shufflevector(a, b, 1, 3, 5, 7);
}
/// The lower halves of two vectors, their floats in turn.
static inline __attribute__((always_inline)) CKernels_v4 CKernels_zipLow4(CKernels_v4 a, CKernels_v4 b) {
    return __builtin_shufflevector(a, b, 0, 4, 1, 5);
}
/// The upper halves.
static inline __attribute__((always_inline)) CKernels_v4 CKernels_zipHigh4(CKernels_v4 a, CKernels_v4 b) {
    return __builtin_shufflevector(a, b, 2, 6, 3, 7);
}
static inline __attribute__((always_inline)) CKernels_v4 CKernels_lowTwice4(CKernels_v4 a) {
    return __builtin_shufflevector(a, a, 0, 0, 1, 1);
}
static inline __attribute__((always_inline)) CKernels_v4 CKernels_highTwice4(CKernels_v4 a) {
    return __builtin_shufflevector(a, a, 2, 2, 3, 3);
}
// What was joined and what will be parted is computed as one vector: compilers like to compute the halves.
#if defined(__x86_64__)
#define CKernels_keepWhole(v) __asm__("" : "+v"(v))
#else
#define CKernels_keepWhole(v) __asm__("" : "+w"(v))
#endif
/// Half a vector from each of two places.
static inline __attribute__((always_inline)) CKernels_v4 CKernels_joined4(const float *low, const float *high) {
    typedef float half __attribute__((ext_vector_type(2), aligned(4)));
    CKernels_v4 v = __builtin_shufflevector(*(const half *)low, *(const half *)high, 0, 1, 2, 3);
    CKernels_keepWhole(v);
    return v;
}
static inline __attribute__((always_inline)) void CKernels_storeHalves4(CKernels_v4 v, float *low, float *high) {
    typedef float half __attribute__((ext_vector_type(2), aligned(4)));
    CKernels_keepWhole(v);
    *(half *)low = __builtin_shufflevector(v, v, 0, 1);
    *(half *)high = __builtin_shufflevector(v, v, 2, 3);
}
/// 4 bytes as floats.
static inline __attribute__((always_inline)) CKernels_v4 CKernels_fromBytes4(const unsigned char *p) {
    typedef unsigned char bytes __attribute__((ext_vector_type(4), aligned(1)));
    return __builtin_convertvector(*(const bytes *)p, CKernels_v4);
}
/// 4 rows of 4 floats become columns.
static inline __attribute__((always_inline)) void CKernels_turn4(CKernels_v4 *rows) {
    CKernels_v4 low01 = __builtin_shufflevector(rows[0], rows[1], 0, 4, 1, 5);
    CKernels_v4 high01 = __builtin_shufflevector(rows[0], rows[1], 2, 6, 3, 7);
    CKernels_v4 low23 = __builtin_shufflevector(rows[2], rows[3], 0, 4, 1, 5);
    CKernels_v4 high23 = __builtin_shufflevector(rows[2], rows[3], 2, 6, 3, 7);
    rows[0] = __builtin_shufflevector(low01, low23, 0, 1, 4, 5);
    rows[1] = __builtin_shufflevector(low01, low23, 2, 3, 6, 7);
    rows[2] = __builtin_shufflevector(high01, high23, 0, 1, 4, 5);
    rows[3] = __builtin_shufflevector(high01, high23, 2, 3, 6, 7);
}
/// The same from four places; the columns lie `toStep` floats apart. All is read before anything is written.
static inline __attribute__((always_inline)) void CKernels_transposeRows4(
    const float *a, const float *b, const float *c, const float *d, float *to, long toStep) {
    typedef float floats __attribute__((ext_vector_type(4), aligned(4)));
    CKernels_v4 rows[4] = {*(const floats *)a, *(const floats *)b, *(const floats *)c, *(const floats *)d};
    CKernels_turn4(rows);
#pragma clang loop unroll(full)
    for (int i = 0; i < 4; i++) *(floats *)(to + i * toStep) = rows[i];
}
static inline __attribute__((always_inline)) void CKernels_transpose4(
    const float *from, long fromStep, float *to, long toStep) {
    CKernels_transposeRows4(from, from + fromStep, from + 2 * fromStep, from + 3 * fromStep, to, toStep);
}
/// 4 rows of 4 pairs of 16-bit numbers, `fromStep` pairs apart, become columns of floats. The first four pairs are
/// columns 0...7, the next four 16...23 and so on: as `CKernels_firstEights8` orders them.
static inline __attribute__((always_inline)) void CKernels_turnPairs4(const unsigned *from, long fromStep, float *to) {
    typedef unsigned pairs __attribute__((ext_vector_type(4)));
    typedef unsigned loose __attribute__((ext_vector_type(4), aligned(4)));
    typedef int numbers __attribute__((ext_vector_type(4)));
    typedef float floats __attribute__((ext_vector_type(4), aligned(4)));
    CKernels_v4 rows[4];
#pragma clang loop unroll(full)
    for (int i = 0; i < 4; i++) rows[i] = (CKernels_v4)*(const loose *)(from + i * fromStep);
    CKernels_turn4(rows);
#pragma clang loop unroll(full)
    for (int i = 0; i < 4; i++) {
        floats *column = (floats *)(to + (i / 4 * 16 + i % 4 * 2) * 4);
        pairs pair = (pairs)rows[i];
        column[0] = __builtin_convertvector((numbers)(pair & 0xFFFF), CKernels_v4);
        column[1] = __builtin_convertvector((numbers)(pair >> 16), CKernels_v4);
    }
}
typedef unsigned short CKernels_u8 __attribute__((ext_vector_type(8)));
/// Of 16 bytes the first eight of each sixteen, times 256.
static inline __attribute__((always_inline)) CKernels_u8 CKernels_firstEights8(const unsigned char *p) {
    typedef unsigned char bytes __attribute__((ext_vector_type(16)));
    typedef unsigned char loose __attribute__((ext_vector_type(16), aligned(1)));
    bytes v = *(const loose *)p;
    return (CKernels_u8)__builtin_shufflevector(v, (bytes)0, 16, 0, 16, 1, 16, 2, 16, 3, 16, 4, 16, 5, 16, 6, 16, 7);
}
/// The other eight.
static inline __attribute__((always_inline)) CKernels_u8 CKernels_lastEights8(const unsigned char *p) {
    typedef unsigned char bytes __attribute__((ext_vector_type(16)));
    typedef unsigned char loose __attribute__((ext_vector_type(16), aligned(1)));
    bytes v = *(const loose *)p;
    return (CKernels_u8)__builtin_shufflevector(v, (bytes)0, 16, 8, 16, 9, 16, 10, 16, 11, 16, 12, 16, 13, 16, 14, 16, 15);
}
/// (a * b) >> 16
static inline __attribute__((always_inline)) CKernels_u8 CKernels_multiplyHigh8(CKernels_u8 a, CKernels_u8 b) {
    typedef unsigned int wide __attribute__((ext_vector_type(8)));
    return __builtin_convertvector((__builtin_convertvector(a, wide) * __builtin_convertvector(b, wide)) >> 16, CKernels_u8);
}
#ifdef __AVX2__
typedef float CKernels_v8 __attribute__((ext_vector_type(8)));
static inline __attribute__((always_inline)) CKernels_v8 CKernels_evens8(CKernels_v8 a, CKernels_v8 b) {
    return __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14);
}
static inline __attribute__((always_inline)) CKernels_v8 CKernels_odds8(CKernels_v8 a, CKernels_v8 b) {
    return __builtin_shufflevector(a, b, 1, 3, 5, 7, 9, 11, 13, 15);
}
/// The lower halves of two vectors, their floats in turn.
static inline __attribute__((always_inline)) CKernels_v8 CKernels_zipLow8(CKernels_v8 a, CKernels_v8 b) {
    return __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11);
}
/// The upper halves.
static inline __attribute__((always_inline)) CKernels_v8 CKernels_zipHigh8(CKernels_v8 a, CKernels_v8 b) {
    return __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15);
}
static inline __attribute__((always_inline)) CKernels_v8 CKernels_lowTwice8(CKernels_v8 a) {
    return __builtin_shufflevector(a, a, 0, 0, 1, 1, 2, 2, 3, 3);
}
static inline __attribute__((always_inline)) CKernels_v8 CKernels_highTwice8(CKernels_v8 a) {
    return __builtin_shufflevector(a, a, 4, 4, 5, 5, 6, 6, 7, 7);
}
/// Half a vector from each of two places.
static inline __attribute__((always_inline)) CKernels_v8 CKernels_joined8(const float *low, const float *high) {
    typedef float half __attribute__((ext_vector_type(4), aligned(4)));
    CKernels_v8 v = __builtin_shufflevector(*(const half *)low, *(const half *)high, 0, 1, 2, 3, 4, 5, 6, 7);
    CKernels_keepWhole(v);
    return v;
}
static inline __attribute__((always_inline)) void CKernels_storeHalves8(CKernels_v8 v, float *low, float *high) {
    typedef float half __attribute__((ext_vector_type(4), aligned(4)));
    CKernels_keepWhole(v);
    *(half *)low = __builtin_shufflevector(v, v, 0, 1, 2, 3);
    *(half *)high = __builtin_shufflevector(v, v, 4, 5, 6, 7);
}
/// Writes the first `count` lanes, 0 to 8.
static inline __attribute__((always_inline)) void CKernels_storeFirst8(CKernels_v8 v, float *p, int count) {
    typedef int lanes __attribute__((vector_size(32)));
    typedef float floats __attribute__((vector_size(32)));
    lanes numbers = {0, 1, 2, 3, 4, 5, 6, 7};
    __builtin_ia32_maskstoreps256((floats *)p, numbers < count, (floats)v);
}
/// 8 bytes as floats.
static inline __attribute__((always_inline)) CKernels_v8 CKernels_fromBytes8(const unsigned char *p) {
    typedef unsigned char bytes __attribute__((ext_vector_type(8), aligned(1)));
    return __builtin_convertvector(*(const bytes *)p, CKernels_v8);
}
/// Within each four lanes: four rows become four columns.
static inline __attribute__((always_inline)) void CKernels_transposeFours8(CKernels_v8 *rows) {
    CKernels_v8 low01 = __builtin_shufflevector(rows[0], rows[1], 0, 8, 1, 9, 4, 12, 5, 13);
    CKernels_v8 high01 = __builtin_shufflevector(rows[0], rows[1], 2, 10, 3, 11, 6, 14, 7, 15);
    CKernels_v8 low23 = __builtin_shufflevector(rows[2], rows[3], 0, 8, 1, 9, 4, 12, 5, 13);
    CKernels_v8 high23 = __builtin_shufflevector(rows[2], rows[3], 2, 10, 3, 11, 6, 14, 7, 15);
    rows[0] = __builtin_shufflevector(low01, low23, 0, 1, 8, 9, 4, 5, 12, 13);
    rows[1] = __builtin_shufflevector(low01, low23, 2, 3, 10, 11, 6, 7, 14, 15);
    rows[2] = __builtin_shufflevector(high01, high23, 0, 1, 8, 9, 4, 5, 12, 13);
    rows[3] = __builtin_shufflevector(high01, high23, 2, 3, 10, 11, 6, 7, 14, 15);
}
/// 8 rows of 8 floats become columns.
static inline __attribute__((always_inline)) void CKernels_turn8(CKernels_v8 *rows) {
    CKernels_transposeFours8(rows);
    CKernels_transposeFours8(rows + 4);
#pragma clang loop unroll(full)
    for (int i = 0; i < 4; i++) {
        CKernels_v8 low = __builtin_shufflevector(rows[i], rows[i + 4], 0, 1, 2, 3, 8, 9, 10, 11);
        rows[i + 4] = __builtin_shufflevector(rows[i], rows[i + 4], 4, 5, 6, 7, 12, 13, 14, 15);
        rows[i] = low;
    }
}
/// 8 rows of 8 floats, `fromStep` floats apart, become columns. All is read before anything is written.
static inline __attribute__((always_inline)) void CKernels_transpose8(
    const float *from, long fromStep, float *to, long toStep) {
    typedef float floats __attribute__((ext_vector_type(8), aligned(4)));
    CKernels_v8 rows[8];
#pragma clang loop unroll(full)
    for (int i = 0; i < 8; i++) rows[i] = *(const floats *)(from + i * fromStep);
    CKernels_turn8(rows);
#pragma clang loop unroll(full)
    for (int i = 0; i < 8; i++) *(floats *)(to + i * toStep) = rows[i];
}
/// 8 rows of 8 pairs of 16-bit numbers, `fromStep` pairs apart, become columns of floats. The first four pairs are
/// columns 0...7, the next four 16...23 and so on: as `CKernels_firstEights16` orders them.
static inline __attribute__((always_inline)) void CKernels_turnPairs8(const unsigned *from, long fromStep, float *to) {
    typedef unsigned pairs __attribute__((ext_vector_type(8)));
    typedef unsigned loose __attribute__((ext_vector_type(8), aligned(4)));
    typedef int numbers __attribute__((ext_vector_type(8)));
    typedef float floats __attribute__((ext_vector_type(8), aligned(4)));
    CKernels_v8 rows[8];
#pragma clang loop unroll(full)
    for (int i = 0; i < 8; i++) rows[i] = (CKernels_v8)*(const loose *)(from + i * fromStep);
    CKernels_turn8(rows);
#pragma clang loop unroll(full)
    for (int i = 0; i < 8; i++) {
        floats *column = (floats *)(to + (i / 4 * 16 + i % 4 * 2) * 8);
        pairs pair = (pairs)rows[i];
        column[0] = __builtin_convertvector((numbers)(pair & 0xFFFF), CKernels_v8);
        column[1] = __builtin_convertvector((numbers)(pair >> 16), CKernels_v8);
    }
}
typedef unsigned short CKernels_u16 __attribute__((ext_vector_type(16)));
/// Of 32 bytes the first eight of each sixteen, times 256.
static inline __attribute__((always_inline)) CKernels_u16 CKernels_firstEights16(const unsigned char *p) {
    typedef unsigned char bytes __attribute__((ext_vector_type(32)));
    typedef unsigned char loose __attribute__((ext_vector_type(32), aligned(1)));
    bytes v = *(const loose *)p;
    return (CKernels_u16)__builtin_shufflevector(v, (bytes)0, 32, 0, 32, 1, 32, 2, 32, 3, 32, 4, 32, 5, 32, 6, 32, 7, 32, 16, 32, 17, 32, 18, 32, 19, 32, 20, 32, 21, 32, 22, 32, 23);
}
/// The other eight.
static inline __attribute__((always_inline)) CKernels_u16 CKernels_lastEights16(const unsigned char *p) {
    typedef unsigned char bytes __attribute__((ext_vector_type(32)));
    typedef unsigned char loose __attribute__((ext_vector_type(32), aligned(1)));
    bytes v = *(const loose *)p;
    return (CKernels_u16)__builtin_shufflevector(v, (bytes)0, 32, 8, 32, 9, 32, 10, 32, 11, 32, 12, 32, 13, 32, 14, 32, 15, 32, 24, 32, 25, 32, 26, 32, 27, 32, 28, 32, 29, 32, 30, 32, 31);
}
/// (a * b) >> 16
static inline __attribute__((always_inline)) CKernels_u16 CKernels_multiplyHigh16(CKernels_u16 a, CKernels_u16 b) {
    typedef unsigned int wide __attribute__((ext_vector_type(16)));
    return __builtin_convertvector((__builtin_convertvector(a, wide) * __builtin_convertvector(b, wide)) >> 16, CKernels_u16);
}
#endif
#ifdef __AVX512F__
typedef float CKernels_v16 __attribute__((ext_vector_type(16)));
static inline __attribute__((always_inline)) CKernels_v16 CKernels_evens16(CKernels_v16 a, CKernels_v16 b) {
    return __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
}
static inline __attribute__((always_inline)) CKernels_v16 CKernels_odds16(CKernels_v16 a, CKernels_v16 b) {
    return __builtin_shufflevector(a, b, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31);
}
/// The lower halves of two vectors, their floats in turn.
static inline __attribute__((always_inline)) CKernels_v16 CKernels_zipLow16(CKernels_v16 a, CKernels_v16 b) {
    return __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}
/// The upper halves.
static inline __attribute__((always_inline)) CKernels_v16 CKernels_zipHigh16(CKernels_v16 a, CKernels_v16 b) {
    return __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
}
static inline __attribute__((always_inline)) CKernels_v16 CKernels_lowTwice16(CKernels_v16 a) {
    return __builtin_shufflevector(a, a, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7);
}
static inline __attribute__((always_inline)) CKernels_v16 CKernels_highTwice16(CKernels_v16 a) {
    return __builtin_shufflevector(a, a, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13, 14, 14, 15, 15);
}
/// Half a vector from each of two places.
static inline __attribute__((always_inline)) CKernels_v16 CKernels_joined16(const float *low, const float *high) {
    typedef float half __attribute__((ext_vector_type(8), aligned(4)));
    CKernels_v16 v = __builtin_shufflevector(*(const half *)low, *(const half *)high, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    CKernels_keepWhole(v);
    return v;
}
static inline __attribute__((always_inline)) void CKernels_storeHalves16(CKernels_v16 v, float *low, float *high) {
    typedef float half __attribute__((ext_vector_type(8), aligned(4)));
    CKernels_keepWhole(v);
    *(half *)low = __builtin_shufflevector(v, v, 0, 1, 2, 3, 4, 5, 6, 7);
    *(half *)high = __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15);
}
/// Writes the first `count` lanes, 0 to 16.
static inline __attribute__((always_inline)) void CKernels_storeFirst16(CKernels_v16 v, float *p, int count) {
    typedef float floats __attribute__((vector_size(64)));
    __builtin_ia32_storeups512_mask(p, (floats)v, (unsigned short)((1u << count) - 1));
}
/// 16 bytes as floats.
static inline __attribute__((always_inline)) CKernels_v16 CKernels_fromBytes16(const unsigned char *p) {
    typedef unsigned char bytes __attribute__((ext_vector_type(16), aligned(1)));
    return __builtin_convertvector(*(const bytes *)p, CKernels_v16);
}
/// Within each four lanes: four rows become four columns.
static inline __attribute__((always_inline)) void CKernels_transposeFours16(CKernels_v16 *rows) {
    CKernels_v16 low01 = __builtin_shufflevector(rows[0], rows[1], 0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28, 13, 29);
    CKernels_v16 high01 = __builtin_shufflevector(rows[0], rows[1], 2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27, 14, 30, 15, 31);
    CKernels_v16 low23 = __builtin_shufflevector(rows[2], rows[3], 0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28, 13, 29);
    CKernels_v16 high23 = __builtin_shufflevector(rows[2], rows[3], 2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27, 14, 30, 15, 31);
    rows[0] = __builtin_shufflevector(low01, low23, 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29);
    rows[1] = __builtin_shufflevector(low01, low23, 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31);
    rows[2] = __builtin_shufflevector(high01, high23, 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29);
    rows[3] = __builtin_shufflevector(high01, high23, 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31);
}
/// 16 rows of 16 floats become columns.
static inline __attribute__((always_inline)) void CKernels_turn16(CKernels_v16 *rows) {
#pragma clang loop unroll(full)
    for (int i = 0; i < 16; i += 4) CKernels_transposeFours16(rows + i);
#pragma clang loop unroll(full)
    for (int i = 0; i < 4; i++) {
        CKernels_v16 low01 = __builtin_shufflevector(rows[i], rows[i + 4], 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23);
        CKernels_v16 high01 = __builtin_shufflevector(rows[i], rows[i + 4], 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31);
        CKernels_v16 low23 = __builtin_shufflevector(rows[i + 8], rows[i + 12], 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23);
        CKernels_v16 high23 = __builtin_shufflevector(rows[i + 8], rows[i + 12], 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31);
        rows[i] = __builtin_shufflevector(low01, low23, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27);
        rows[i + 4] = __builtin_shufflevector(low01, low23, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31);
        rows[i + 8] = __builtin_shufflevector(high01, high23, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27);
        rows[i + 12] = __builtin_shufflevector(high01, high23, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31);
    }
}
/// 16 rows of 16 floats, `fromStep` floats apart, become columns. All is read before anything is written.
static inline __attribute__((always_inline)) void CKernels_transpose16(
    const float *from, long fromStep, float *to, long toStep) {
    typedef float floats __attribute__((ext_vector_type(16), aligned(4)));
    CKernels_v16 rows[16];
#pragma clang loop unroll(full)
    for (int i = 0; i < 16; i++) rows[i] = *(const floats *)(from + i * fromStep);
    CKernels_turn16(rows);
#pragma clang loop unroll(full)
    for (int i = 0; i < 16; i++) *(floats *)(to + i * toStep) = rows[i];
}
/// 16 rows of 16 pairs of 16-bit numbers, `fromStep` pairs apart, become columns of floats. The first four pairs are
/// columns 0...7, the next four 16...23 and so on: as `CKernels_firstEights32` orders them.
static inline __attribute__((always_inline)) void CKernels_turnPairs16(const unsigned *from, long fromStep, float *to) {
    typedef unsigned pairs __attribute__((ext_vector_type(16)));
    typedef unsigned loose __attribute__((ext_vector_type(16), aligned(4)));
    typedef int numbers __attribute__((ext_vector_type(16)));
    typedef float floats __attribute__((ext_vector_type(16), aligned(4)));
    CKernels_v16 rows[16];
#pragma clang loop unroll(full)
    for (int i = 0; i < 16; i++) rows[i] = (CKernels_v16)*(const loose *)(from + i * fromStep);
    CKernels_turn16(rows);
#pragma clang loop unroll(full)
    for (int i = 0; i < 16; i++) {
        floats *column = (floats *)(to + (i / 4 * 16 + i % 4 * 2) * 16);
        pairs pair = (pairs)rows[i];
        column[0] = __builtin_convertvector((numbers)(pair & 0xFFFF), CKernels_v16);
        column[1] = __builtin_convertvector((numbers)(pair >> 16), CKernels_v16);
    }
}
typedef unsigned short CKernels_u32 __attribute__((ext_vector_type(32)));
/// Of 64 bytes the first eight of each sixteen, times 256.
static inline __attribute__((always_inline)) CKernels_u32 CKernels_firstEights32(const unsigned char *p) {
    typedef unsigned char bytes __attribute__((ext_vector_type(64)));
    typedef unsigned char loose __attribute__((ext_vector_type(64), aligned(1)));
    bytes v = *(const loose *)p;
    return (CKernels_u32)__builtin_shufflevector(v, (bytes)0, 64, 0, 64, 1, 64, 2, 64, 3, 64, 4, 64, 5, 64, 6, 64, 7, 64, 16, 64, 17, 64, 18, 64, 19, 64, 20, 64, 21, 64, 22, 64, 23, 64, 32, 64, 33, 64, 34, 64, 35, 64, 36, 64, 37, 64, 38, 64, 39, 64, 48, 64, 49, 64, 50, 64, 51, 64, 52, 64, 53, 64, 54, 64, 55);
}
/// The other eight.
static inline __attribute__((always_inline)) CKernels_u32 CKernels_lastEights32(const unsigned char *p) {
    typedef unsigned char bytes __attribute__((ext_vector_type(64)));
    typedef unsigned char loose __attribute__((ext_vector_type(64), aligned(1)));
    bytes v = *(const loose *)p;
    return (CKernels_u32)__builtin_shufflevector(v, (bytes)0, 64, 8, 64, 9, 64, 10, 64, 11, 64, 12, 64, 13, 64, 14, 64, 15, 64, 24, 64, 25, 64, 26, 64, 27, 64, 28, 64, 29, 64, 30, 64, 31, 64, 40, 64, 41, 64, 42, 64, 43, 64, 44, 64, 45, 64, 46, 64, 47, 64, 56, 64, 57, 64, 58, 64, 59, 64, 60, 64, 61, 64, 62, 64, 63);
}
/// (a * b) >> 16
static inline __attribute__((always_inline)) CKernels_u32 CKernels_multiplyHigh32(CKernels_u32 a, CKernels_u32 b) {
    typedef unsigned int wide __attribute__((ext_vector_type(32)));
    return __builtin_convertvector((__builtin_convertvector(a, wide) * __builtin_convertvector(b, wide)) >> 16, CKernels_u32);
}
#endif
/// Asks for the line of memory to come near; never a fault, wherever it points.
static inline __attribute__((always_inline)) void CKernels_prefetch(const void *p) { __builtin_prefetch(p, 0, 3); }
#if defined(__aarch64__)
// Two instructions that keep a NaN; a comparison and a choice for each bound are four.
static inline __attribute__((always_inline)) CKernels_v4 CKernels_clamped4(CKernels_v4 x, CKernels_v4 low, CKernels_v4 high) {
    __asm__("fmax %0.4s, %0.4s, %1.4s" : "+w"(x) : "w"(low));
    __asm__("fmin %0.4s, %0.4s, %1.4s" : "+w"(x) : "w"(high));
    return x;
}
#endif
