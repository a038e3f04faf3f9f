// In place of NVIDIA's header: a 16-bit float with float32's exponent, computed in float32.
#pragma once

struct nv_bfloat16 {
  unsigned short bits = 0;

  nv_bfloat16() = default;
  nv_bfloat16(float x) {
    const unsigned whole = emulator::bits_as<unsigned>(x);
    // To the nearest, ties to even; what is not a number stays so.
    bits = x != x ? 0x7FFF : static_cast<unsigned short>((whole + 0x7FFF + (whole >> 16 & 1)) >> 16);
  }
  nv_bfloat16(double x) : nv_bfloat16(static_cast<float>(x)) {}
  nv_bfloat16(int x) : nv_bfloat16(static_cast<float>(x)) {}
  nv_bfloat16(unsigned x) : nv_bfloat16(static_cast<float>(x)) {}
  nv_bfloat16(long x) : nv_bfloat16(static_cast<float>(x)) {}
  operator float() const { return emulator::bits_as<float>(static_cast<unsigned>(bits) << 16); }
};
using __nv_bfloat16 = nv_bfloat16;
// Its header in CUDA has constructors, and so do the emitted texts.
struct __align__(4) nv_bfloat162 {
  nv_bfloat16 x, y;
  nv_bfloat162() = default;
  nv_bfloat162(nv_bfloat16 x, nv_bfloat16 y) : x(x), y(y) {}
};
using __nv_bfloat162 = nv_bfloat162;

#define EMULATOR_OPERATOR(op)                                               \
  static inline nv_bfloat16 operator op(nv_bfloat16 x, nv_bfloat16 y) {     \
    return static_cast<float>(x) op static_cast<float>(y);                  \
  }
EMULATOR_OPERATOR(+)
EMULATOR_OPERATOR(-)
EMULATOR_OPERATOR(*)
EMULATOR_OPERATOR(/)
#undef EMULATOR_OPERATOR

static inline float __bfloat162float(nv_bfloat16 x) { return x; }
static inline nv_bfloat16 __float2bfloat16(float x) { return x; }
static inline nv_bfloat16 __float2bfloat16_rn(float x) { return x; }
static inline bool __hgt(nv_bfloat16 x, nv_bfloat16 y) { return (float)x > (float)y; }
static inline bool __hlt(nv_bfloat16 x, nv_bfloat16 y) { return (float)x < (float)y; }

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
