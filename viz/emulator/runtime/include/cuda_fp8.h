// Replaces NVIDIA's header: floats of 8 bits, which convert to others and are not computed with.
#pragma once
#include <type_traits>

#include "cuda_fp16.h"

using __nv_fp8_storage_t = unsigned char;
using __nv_fp8x2_storage_t = unsigned short;
using __nv_fp8x4_storage_t = unsigned int;

namespace emulator {

// A format with this many bits of mantissa and this bias of the exponent. MOST are the bits of the
// largest finite number; what is larger becomes that number. NONE are those of a NaN.
template <int MANTISSA, int BIAS, unsigned MOST, unsigned NONE, unsigned INFINITE>
struct Fp8Format {
  // Rounds to nearest, ties to even.
  static unsigned char bits(float x) {
    const unsigned sign = bits_as<unsigned>(x) >> 24 & 0x80;
    if (x != x) return sign | NONE;
    const float magnitude = fabsf(x);
    if (magnitude >= value(MOST)) return sign | MOST;
    if (magnitude == 0) return sign;
    int exponent = 0;
    frexpf(magnitude, &exponent);
    exponent = exponent - 1 < 1 - BIAS ? 1 - BIAS : exponent - 1;
    // A carry increments the exponent; a number below the smallest exponent has no leading one.
    const float steps = nearbyintf(ldexpf(magnitude, MANTISSA - exponent));
    return sign | (static_cast<unsigned>(steps) + ((exponent + BIAS - 1) << MANTISSA));
  }
  static float value(unsigned char bits) {
    const unsigned rest = bits & 0x7F, exponent = rest >> MANTISSA;
    const unsigned mantissa = rest & ((1u << MANTISSA) - 1);
    float x = exponent ? ldexpf(static_cast<float>((1u << MANTISSA) + mantissa),
                                static_cast<int>(exponent) - BIAS - MANTISSA)
                       : ldexpf(static_cast<float>(mantissa), 1 - BIAS - MANTISSA);
    if (rest > MOST) x = rest == INFINITE ? __builtin_inff() : __builtin_nanf("");
    return bits & 0x80 ? -x : x;
  }
};

// Powers of two without a sign; rounds up.
struct Fp8Scale {
  static unsigned char bits(float x) {
    if (x != x) return 0xFF;
    const unsigned all = bits_as<unsigned>(fabsf(x)), exponent = all >> 23;
    const unsigned up = exponent + ((all & 0x7FFFFF) != 0);
    return up > 0xFE ? 0xFE : up;
  }
  static float value(unsigned char bits) {
    return bits == 0xFF ? __builtin_nanf("") : ldexpf(1.0f, bits - 127);
  }
};

template <class Format>
struct Fp8 {
  __nv_fp8_storage_t __x;

  Fp8() = default;
  template <class U, class = std::enable_if_t<std::is_convertible_v<U, float>>>
  explicit Fp8(const U& x) : __x(Format::bits(static_cast<float>(x))) {}
  explicit operator float() const { return Format::value(__x); }
  template <class U, class = std::enable_if_t<std::is_constructible_v<U, float> &&
                                              !std::is_base_of_v<Fp8, U> && !std::is_array_v<U>>>
  explicit operator U() const {
    return static_cast<U>(Format::value(__x));
  }
};

template <class Format>
struct alignas(2) Fp8x2 {
  __nv_fp8x2_storage_t __x;

  Fp8x2() = default;
  template <class T>
  explicit Fp8x2(const Vector2<T>& v)
      : __x(static_cast<__nv_fp8x2_storage_t>(Format::bits(static_cast<float>(v.x)) |
                                              Format::bits(static_cast<float>(v.y)) << 8)) {}
  template <class T>
  explicit operator Vector2<T>() const {
    return {static_cast<T>(Format::value(__x & 0xFF)), static_cast<T>(Format::value(__x >> 8))};
  }
};

template <class Format>
struct alignas(4) Fp8x4 {
  __nv_fp8x4_storage_t __x;

  Fp8x4() = default;
  template <class T>
  explicit Fp8x4(const Vector4<T>& v)
      : __x(Fp8x2<Format>(Vector2<T>{v.x, v.y}).__x |
            static_cast<unsigned>(Fp8x2<Format>(Vector2<T>{v.z, v.w}).__x) << 16) {}
  template <class T>
  explicit operator Vector4<T>() const {
    return {static_cast<T>(Format::value(__x & 0xFF)), static_cast<T>(Format::value(__x >> 8 & 0xFF)),
            static_cast<T>(Format::value(__x >> 16 & 0xFF)), static_cast<T>(Format::value(__x >> 24))};
  }
};

using E4m3 = Fp8Format<3, 7, 0x7E, 0x7F, 0x80>;
using E5m2 = Fp8Format<2, 15, 0x7B, 0x7F, 0x7C>;

}  // namespace emulator

#define EMULATOR_FP8(name, format)                   \
  using __nv_fp8_##name = emulator::Fp8<format>;     \
  using __nv_fp8x2_##name = emulator::Fp8x2<format>; \
  using __nv_fp8x4_##name = emulator::Fp8x4<format>;
EMULATOR_FP8(e4m3, emulator::E4m3)
EMULATOR_FP8(e5m2, emulator::E5m2)
EMULATOR_FP8(e8m0, emulator::Fp8Scale)
