// The mathematical functions that TVM's CUDA codegen and its intrinsic rules name.
//
// CUDA's approximate functions (__expf) are exact here: a GPU differs in the last digits, and
// outputs are compared with a tolerance.
#pragma once
#include "standard_math.h"

#include <cstdint>
#include <cstring>

#define EMULATOR_MIN_MAX(type)                                             \
  static inline type max(type a, type b) { return a > b ? a : b; }         \
  static inline type min(type a, type b) { return a < b ? a : b; }
EMULATOR_MIN_MAX(int)
EMULATOR_MIN_MAX(unsigned)
EMULATOR_MIN_MAX(long)
EMULATOR_MIN_MAX(unsigned long)
EMULATOR_MIN_MAX(long long)
EMULATOR_MIN_MAX(unsigned long long)
#undef EMULATOR_MIN_MAX
// If one operand is a NaN, CUDA returns the other.
static inline float max(float a, float b) { return fmaxf(a, b); }
static inline float min(float a, float b) { return fminf(a, b); }
static inline double max(double a, double b) { return fmax(a, b); }
static inline double min(double a, double b) { return fmin(a, b); }

static inline float emulator_rsqrtf(float x) { return 1.0f / sqrtf(x); }
static inline double emulator_rsqrt(double x) { return 1.0 / sqrt(x); }
static inline float emulator_exp10(float x) { return powf(10.0f, x); }
// Macros, because some C libraries declare functions of these names.
#define rsqrtf emulator_rsqrtf
#define rsqrt emulator_rsqrt
#define __expf expf
#define __exp10f emulator_exp10
#define __logf logf
#define __log2f log2f
#define __log10f log10f
#define __sinf sinf
#define __cosf cosf
#define __tanf tanf
#define __powf powf
static inline float __fdividef(float x, float y) { return x / y; }
static inline float __frcp_rn(float x) { return 1.0f / x; }
static inline float2 __fadd2_rn(float2 x, float2 y) { return {x.x + y.x, x.y + y.y}; }
static inline float2 __fmul2_rn(float2 x, float2 y) { return {x.x * y.x, x.y * y.y}; }
static inline float __saturatef(float x) { return fminf(fmaxf(x, 0.0f), 1.0f); }

namespace emulator {

template <class To, class From>
inline To bits_as(From from) {
  static_assert(sizeof(To) == sizeof(From));
  To to;
  std::memcpy(&to, &from, sizeof to);
  return to;
}

}  // namespace emulator

static inline float __int_as_float(int x) { return emulator::bits_as<float>(x); }
static inline float __uint_as_float(unsigned x) { return emulator::bits_as<float>(x); }
static inline int __float_as_int(float x) { return emulator::bits_as<int>(x); }
static inline unsigned __float_as_uint(float x) { return emulator::bits_as<unsigned>(x); }
static inline double __longlong_as_double(long long x) { return emulator::bits_as<double>(x); }
static inline long long __double_as_longlong(double x) { return emulator::bits_as<long long>(x); }

static inline int __popc(unsigned x) { return __builtin_popcount(x); }
static inline int __popcll(unsigned long long x) { return __builtin_popcountll(x); }
static inline int __clz(int x) { return x ? __builtin_clz(x) : 32; }
static inline int __clzll(long long x) { return x ? __builtin_clzll(x) : 64; }
static inline int __ffs(int x) { return __builtin_ffs(x); }
static inline int __mulhi(int x, int y) { return static_cast<int>((long long)x * y >> 32); }
static inline unsigned __umulhi(unsigned x, unsigned y) {
  return static_cast<unsigned>((unsigned long long)x * y >> 32);
}

// Returns the sum of c and of the four products of 8-bit lanes.
template <class A, class B>
static inline int emulator_dot4(unsigned a, unsigned b, int c) {
  for (int lane = 0; lane < 4; ++lane)
    c += static_cast<A>(a >> 8 * lane) * static_cast<B>(b >> 8 * lane);
  return c;
}
static inline int __dp4a(int a, int b, int c) { return emulator_dot4<int8_t, int8_t>(a, b, c); }
static inline unsigned __dp4a(unsigned a, unsigned b, unsigned c) {
  return emulator_dot4<uint8_t, uint8_t>(a, b, static_cast<int>(c));
}
