// Replaces NVIDIA's header: half, half2 and their functions.
#pragma once

using half = emulator::Half;
using __half = half;
using half2 = emulator::Vector2<half>;
using __half2 = half2;

static inline float __half2float(half x) { return static_cast<float>(x); }
static inline half __float2half(float x) { return static_cast<half>(x); }
static inline half __float2half_rn(float x) { return static_cast<half>(x); }
static inline half __int2half_rn(int x) { return static_cast<half>(x); }
static inline half2 make_half2(half x, half y) { return {x, y}; }
static inline half2 __halves2half2(half x, half y) { return {x, y}; }
static inline half __low2half(half2 x) { return x.x; }
static inline half __high2half(half2 x) { return x.y; }
static inline half2 __float22half2_rn(float2 x) { return {(half)x.x, (half)x.y}; }
static inline float2 __half22float2(half2 x) { return {(float)x.x, (float)x.y}; }
static inline unsigned short __half_as_ushort(half x) {
  return emulator::bits_as<unsigned short>(x);
}
static inline half __ushort_as_half(unsigned short x) { return emulator::bits_as<half>(x); }

static inline bool __hgt(half x, half y) { return x > y; }
static inline bool __hlt(half x, half y) { return x < y; }
static inline bool __hge(half x, half y) { return x >= y; }
static inline bool __hle(half x, half y) { return x <= y; }
static inline bool __heq(half x, half y) { return x == y; }
static inline bool __hisnan(half x) { return x != x; }
static inline half __hadd(half x, half y) { return x + y; }
static inline half __hsub(half x, half y) { return x - y; }
static inline half __hmul(half x, half y) { return x * y; }
static inline half __hdiv(half x, half y) { return x / y; }
static inline half __hneg(half x) { return -x; }
static inline half __hfma(half x, half y, half z) {
  return static_cast<half>(fmaf(static_cast<float>(x), static_cast<float>(y),
                                static_cast<float>(z)));
}

// Computed in float32 and rounded once, which is more exact than CUDA guarantees.
#define EMULATOR_HALF(name, function)                         \
  static inline half name(half x) {                           \
    return static_cast<half>(function(static_cast<float>(x))); \
  }
EMULATOR_HALF(hexp, expf)
EMULATOR_HALF(hexp2, exp2f)
EMULATOR_HALF(hexp10, emulator_exp10)
EMULATOR_HALF(hlog, logf)
EMULATOR_HALF(hlog2, log2f)
EMULATOR_HALF(hlog10, log10f)
EMULATOR_HALF(hsqrt, sqrtf)
EMULATOR_HALF(hrsqrt, rsqrtf)
EMULATOR_HALF(hrcp, __frcp_rn)
EMULATOR_HALF(hsin, sinf)
EMULATOR_HALF(hcos, cosf)
#ifndef EMULATOR_2024 /* TVM of that year brings its own */
EMULATOR_HALF(htanh, tanhf)
#endif
EMULATOR_HALF(hfloor, floorf)
EMULATOR_HALF(hceil, ceilf)
EMULATOR_HALF(htrunc, truncf)
EMULATOR_HALF(hrint, rintf)
EMULATOR_HALF(__habs, fabsf)
#undef EMULATOR_HALF
