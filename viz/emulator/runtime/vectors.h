// Vector types such as float4: structures of lanes with CUDA's alignment.
#pragma once

namespace emulator {

template <class T>
struct alignas(sizeof(T) * 2) Vector2 {
  T x, y;
};
template <class T>
struct Vector3 {
  T x, y, z;
};
template <class T>
struct alignas(sizeof(T) * 4 > 16 ? 16 : sizeof(T) * 4) Vector4 {
  T x, y, z, w;
};

}  // namespace emulator

#define EMULATOR_VECTORS(type, name)                                                     \
  struct name##1 {                                                                       \
    type x;                                                                              \
  };                                                                                     \
  using name##2 = emulator::Vector2<type>;                                               \
  using name##3 = emulator::Vector3<type>;                                               \
  using name##4 = emulator::Vector4<type>;                                               \
  static inline name##1 make_##name##1(type x) { return {x}; }                           \
  static inline name##2 make_##name##2(type x, type y) { return {x, y}; }                \
  static inline name##3 make_##name##3(type x, type y, type z) { return {x, y, z}; }     \
  static inline name##4 make_##name##4(type x, type y, type z, type w) { return {x, y, z, w}; }

EMULATOR_VECTORS(signed char, char)
EMULATOR_VECTORS(unsigned char, uchar)
EMULATOR_VECTORS(short, short)
EMULATOR_VECTORS(unsigned short, ushort)
EMULATOR_VECTORS(int, int)
EMULATOR_VECTORS(float, float)
EMULATOR_VECTORS(double, double)
EMULATOR_VECTORS(long long, longlong)
EMULATOR_VECTORS(unsigned long long, ulonglong)

// uint3 is defined as the type of threadIdx.
using uint2 = emulator::Vector2<unsigned>;
using uint4 = emulator::Vector4<unsigned>;
static inline uint2 make_uint2(unsigned x, unsigned y) { return {x, y}; }
static inline uint4 make_uint4(unsigned x, unsigned y, unsigned z, unsigned w) {
  return {x, y, z, w};
}
