// Replaces NVIDIA's header: bfloat16, computed in float32.
#pragma once

struct nv_bfloat16 {
  unsigned short bits = 0;

  nv_bfloat16() = default;
  nv_bfloat16(const nv_bfloat16&) = default;
  nv_bfloat16(const volatile nv_bfloat16& other) : bits(other.bits) {}
  nv_bfloat16& operator=(const nv_bfloat16&) = default;
  void operator=(const nv_bfloat16& other) volatile { bits = other.bits; }
  nv_bfloat16(float x) {
    const unsigned whole = emulator::bits_as<unsigned>(x);
    // Rounds to nearest, ties to even; a NaN stays one.
    bits = x != x ? 0x7FFF : static_cast<unsigned short>((whole + 0x7FFF + (whole >> 16 & 1)) >> 16);
  }
#define EMULATOR_FROM(type) \
  nv_bfloat16(type x) : nv_bfloat16(static_cast<float>(x)) {}
  EMULATOR_FROM(double)
  EMULATOR_FROM(emulator::Half)
  EMULATOR_FROM(int)
  EMULATOR_FROM(unsigned)
  EMULATOR_FROM(long)
  EMULATOR_FROM(unsigned long)
  EMULATOR_FROM(long long)
  EMULATOR_FROM(unsigned long long)
#undef EMULATOR_FROM
  operator float() const { return emulator::bits_as<float>(static_cast<unsigned>(bits) << 16); }
};
using __nv_bfloat16 = nv_bfloat16;
// A class with constructors, as in CUDA, which the emitted texts call.
struct __align__(4) nv_bfloat162 {
  nv_bfloat16 x, y;
  nv_bfloat162() = default;
  nv_bfloat162(nv_bfloat16 x, nv_bfloat16 y) : x(x), y(y) {}
};
using __nv_bfloat162 = nv_bfloat162;

EMULATOR_FLOAT16_OPERATORS(nv_bfloat16)

static inline float __bfloat162float(nv_bfloat16 x) { return x; }
static inline nv_bfloat16 __float2bfloat16(float x) { return x; }
static inline nv_bfloat16 __float2bfloat16_rn(float x) { return x; }
static inline bool __hgt(nv_bfloat16 x, nv_bfloat16 y) { return (float)x > (float)y; }
static inline bool __hlt(nv_bfloat16 x, nv_bfloat16 y) { return (float)x < (float)y; }

static inline nv_bfloat162 __float22bfloat162_rn(float2 x) { return {x.x, x.y}; }
static inline float2 __bfloat1622float2(nv_bfloat162 x) { return {x.x, x.y}; }
// If one operand is a NaN, the other is returned.
static inline nv_bfloat162 __hmin2(nv_bfloat162 a, nv_bfloat162 b) {
  return {fminf(a.x, b.x), fminf(a.y, b.y)};
}
static inline nv_bfloat162 __hmax2(nv_bfloat162 a, nv_bfloat162 b) {
  return {fmaxf(a.x, b.x), fmaxf(a.y, b.y)};
}

#define EMULATOR_BFLOAT(name, function) \
  static inline nv_bfloat16 name(nv_bfloat16 x) { return function(static_cast<float>(x)); }
EMULATOR_BFLOAT(hexp, expf)
EMULATOR_BFLOAT(hexp2, exp2f)
EMULATOR_BFLOAT(hexp10, emulator_exp10)
EMULATOR_BFLOAT(hlog, logf)
EMULATOR_BFLOAT(hlog2, log2f)
EMULATOR_BFLOAT(hlog10, log10f)
EMULATOR_BFLOAT(hsqrt, sqrtf)
EMULATOR_BFLOAT(hrsqrt, rsqrtf)
EMULATOR_BFLOAT(hsin, sinf)
EMULATOR_BFLOAT(hcos, cosf)
EMULATOR_BFLOAT(htanh, tanhf)
EMULATOR_BFLOAT(hfloor, floorf)
EMULATOR_BFLOAT(hceil, ceilf)
EMULATOR_BFLOAT(htrunc, truncf)
EMULATOR_BFLOAT(hrint, rintf)
EMULATOR_BFLOAT(__habs, fabsf)
#undef EMULATOR_BFLOAT
