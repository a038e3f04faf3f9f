// Half: the compiler's 16-bit float, or a class in its place.
//
// g++ has one in C++ since version 12 on x86-64 and 13 elsewhere. clang++ has one since version 15,
// but accepts no operand that converts to it implicitly, as checked mode's types do.
#pragma once
#include "float16_operators.h"
#include "mathematics.h"

namespace emulator {

#if !defined(EMULATOR_OWN_HALF) && defined(__FLT16_MAX__) && !defined(__clang__) && \
    (defined(__x86_64__) || __GNUC__ >= 13)
using Half = _Float16;
#else

// Sign, 5 bits of exponent, 10 of mantissa. Rounds once, to nearest, ties to even; a NaN keeps the
// bits that fit.
inline unsigned short half_bits(double x) {
  constexpr int MANTISSA = 52, KEPT = 10, LEAST = -14;  // bits; the smallest normal exponent
  const auto all = bits_as<unsigned long long>(x);
  const auto sign = static_cast<unsigned short>(all >> 48 & 0x8000);
  const int exponent = static_cast<int>(all >> MANTISSA & 0x7FF) - 1023;
  const unsigned long long mantissa = all & ((1ull << MANTISSA) - 1);
  if (exponent > 15) {
    const bool number = exponent < 1024 || !mantissa;
    return sign | 0x7C00 | (number ? 0 : 0x200 | mantissa >> (MANTISSA - KEPT));
  }
  const int shift = MANTISSA - KEPT + (exponent < LEAST ? LEAST - exponent : 0);
  if (shift > MANTISSA + 2) return sign;  // nearer to zero than to anything else
  const unsigned long long whole = mantissa | 1ull << MANTISSA;
  const unsigned long long rest = whole & ((1ull << shift) - 1), tie = 1ull << (shift - 1);
  unsigned long long kept = whole >> shift;
  kept += rest > tie || (rest == tie && kept & 1);
  // A carry increments the exponent, up to infinity.
  return sign | (kept + (exponent < LEAST ? 0 : static_cast<unsigned>(exponent - LEAST) << KEPT));
}

#if defined(__aarch64__) || (defined(__clang__) && defined(__F16C__))
// The processor converts; clang++ has __fp16 for storage only.
inline unsigned short half_bits(float x) {
  const __fp16 half = x;
  unsigned short bits;
  std::memcpy(&bits, &half, sizeof bits);
  return bits;
}

inline float half_value(unsigned short bits) {
  __fp16 half;
  std::memcpy(&half, &bits, sizeof half);
  return half;
}
#else
inline unsigned short half_bits(float x) { return half_bits(static_cast<double>(x)); }

inline float half_value(unsigned short bits) {
  const unsigned sign = (bits & 0x8000u) << 16, rest = (bits & 0x7FFFu) << 13;
  if (rest >= 0x0F800000u) return bits_as<float>(sign | 0x70000000u | rest);  // infinite or none
  return bits_as<float>(sign | bits_as<unsigned>(bits_as<float>(rest) * 0x1p112f));
}
#endif

struct Half {
  unsigned short bits;

  Half() = default;
  Half(const Half&) = default;
  Half(const volatile Half& other) : bits(other.bits) {}
  Half& operator=(const Half&) = default;
  void operator=(const Half& other) volatile { bits = other.bits; }
  Half(float x) : bits(half_bits(x)) {}
  Half(double x) : bits(half_bits(x)) {}
#define EMULATOR_FROM(type) \
  Half(type x) : Half(static_cast<double>(x)) {}
  EMULATOR_FROM(int)
  EMULATOR_FROM(unsigned)
  EMULATOR_FROM(long)
  EMULATOR_FROM(unsigned long)
  EMULATOR_FROM(long long)
  EMULATOR_FROM(unsigned long long)
#undef EMULATOR_FROM
  operator float() const { return half_value(bits); }
};

EMULATOR_FLOAT16_OPERATORS(Half)

#define EMULATOR_ASSIGNMENT(op) \
  inline Half& operator op##=(Half& x, Half y) { return x = x op y; }
EMULATOR_ASSIGNMENT(+)
EMULATOR_ASSIGNMENT(-)
EMULATOR_ASSIGNMENT(*)
EMULATOR_ASSIGNMENT(/)
#undef EMULATOR_ASSIGNMENT

#endif

}  // namespace emulator
