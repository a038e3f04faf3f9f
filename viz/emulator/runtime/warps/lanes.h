// A value of a warp: one element for each lane. Operations go element by element; those on values
// that all lanes have in common stay scalar.
#pragma once
#include <cstdint>
#include <cstring>
#include <type_traits>
#include <utility>

#include "../scheduler.h"
#include "operations.h"

namespace emulator {
namespace warps {

using Mask = uint32_t;  // bit l: lane l takes part
constexpr Mask FULL = ~0u;

inline bool has(Mask mask, unsigned lane) { return mask >> lane & 1; }

// ---------------------------------------------------------------- values

// The number of members that a vector type such as float4 has, 0 for any other type.
template <class T, class = void>
struct HasX : std::false_type {};
template <class T>
struct HasX<T, std::void_t<decltype(std::declval<T&>().x)>> : std::true_type {};
template <class T, class = void>
struct HasY : std::false_type {};
template <class T>
struct HasY<T, std::void_t<decltype(std::declval<T&>().y)>> : std::true_type {};
template <class T, class = void>
struct HasZ : std::false_type {};
template <class T>
struct HasZ<T, std::void_t<decltype(std::declval<T&>().z)>> : std::true_type {};
template <class T, class = void>
struct HasW : std::false_type {};
template <class T>
struct HasW<T, std::void_t<decltype(std::declval<T&>().w)>> : std::true_type {};
template <class T>
constexpr int MEMBERS = HasX<T>::value + HasY<T>::value + HasZ<T>::value + HasW<T>::value;

// 32 bytes, moved at once: a compiler may copy by halves, which the processor puts together slowly
// when the whole is read next.
typedef long long Chunk __attribute__((vector_size(32), may_alias));

template <class T, int Members = MEMBERS<T>>
struct Lanes {
  using Value = T;
  alignas(32) T at[WARP];

  Lanes() = default;
  Lanes(const Lanes& other) { *this = other; }
  Lanes& operator=(const Lanes& other) {
    for (unsigned i = 0; i < sizeof at / sizeof(Chunk); ++i)
      reinterpret_cast<Chunk*>(at)[i] = reinterpret_cast<const Chunk*>(other.at)[i];
    return *this;
  }

  T get(unsigned lane) const { return at[lane]; }
  void put(unsigned lane, const T& value) { at[lane] = value; }
};

// A vector type keeps its members apart, so that each is a value of the warp.
template <class T>
using Member = std::decay_t<decltype(std::declval<T&>().x)>;

template <class T>
struct Lanes<T, 1> {
  using Value = T;
  Lanes<Member<T>> x;

  T get(unsigned lane) const {
    T value;
    value.x = x.at[lane];
    return value;
  }
  void put(unsigned lane, const T& value) { x.at[lane] = value.x; }
};
template <class T>
struct Lanes<T, 2> {
  using Value = T;
  Lanes<Member<T>> x, y;

  T get(unsigned lane) const {
    T value;
    value.x = x.at[lane], value.y = y.at[lane];
    return value;
  }
  void put(unsigned lane, const T& value) { x.at[lane] = value.x, y.at[lane] = value.y; }
};
template <class T>
struct Lanes<T, 3> {
  using Value = T;
  Lanes<Member<T>> x, y, z;

  T get(unsigned lane) const {
    T value;
    value.x = x.at[lane], value.y = y.at[lane], value.z = z.at[lane];
    return value;
  }
  void put(unsigned lane, const T& value) {
    x.at[lane] = value.x, y.at[lane] = value.y, z.at[lane] = value.z;
  }
};
template <class T>
struct Lanes<T, 4> {
  using Value = T;
  Lanes<Member<T>> x, y, z, w;

  T get(unsigned lane) const {
    T value;
    value.x = x.at[lane], value.y = y.at[lane], value.z = z.at[lane], value.w = w.at[lane];
    return value;
  }
  void put(unsigned lane, const T& value) {
    x.at[lane] = value.x, y.at[lane] = value.y, z.at[lane] = value.z, w.at[lane] = value.w;
  }
};

template <class T>
struct IsLanes : std::false_type {};
template <class T, int Members>
struct IsLanes<Lanes<T, Members>> : std::true_type {};
// Whether a value differs from lane to lane.
template <class T>
constexpr bool VARIES = IsLanes<std::decay_t<T>>::value;

template <class T>
inline decltype(auto) value_at(const T& value, unsigned lane) {
  if constexpr (VARIES<T>)
    return value.get(lane);
  else
    return (value);
}
template <class T>
using Element = std::decay_t<decltype(value_at(std::declval<const T&>(), 0))>;

// Checked kernels call each operation: inlined, thousands of them would take seconds to compile.
#ifdef EMULATOR_CHECKED
#define EMULATOR_OPERATION [[gnu::noinline]]
#ifdef __clang__
#define EMULATOR_WARP_FUNCTION [[clang::optnone]]
#else
#define EMULATOR_WARP_FUNCTION [[gnu::optimize("O0")]]
#endif
#else
#define EMULATOR_OPERATION inline
#define EMULATOR_WARP_FUNCTION
#endif

// Applies a function to the elements of each lane.
template <class F, class... A>
EMULATOR_OPERATION auto each(const F& f, const A&... operands) {
  if constexpr ((VARIES<A> || ...)) {
    Lanes<std::decay_t<decltype(f(value_at(operands, 0)...))>> result;
    for (unsigned lane = 0; lane < WARP; ++lane) result.put(lane, f(value_at(operands, lane)...));
    return result;
  } else {
    return f(operands...);
  }
}

// The same, in the lanes of a mask alone.
template <class F, class... A>
[[gnu::noinline]] auto each_of(Mask mask, const F& f, const A&... operands) {
  if constexpr ((VARIES<A> || ...)) {
    Lanes<std::decay_t<decltype(f(value_at(operands, 0)...))>> result{};
    for (unsigned lane = 0; lane < WARP; ++lane)
      if (has(mask, lane)) result.put(lane, f(value_at(operands, lane)...));
    return result;
  } else {
    return f(operands...);
  }
}

// Returns what a function gives for each lane.
template <class F>
inline auto thread_value(const F& f) {
  Lanes<decltype(f(0u))> result;
  for (unsigned lane = 0; lane < WARP; ++lane) result.at[lane] = f(lane);
  return result;
}

// Returns a value as one of every lane, of a given type.
template <class T, class V>
inline Lanes<T> spread(const V& value) {
  if constexpr (std::is_same_v<V, Lanes<T>>) {
    return value;
  } else {
    Lanes<T> result;
    for (unsigned lane = 0; lane < WARP; ++lane)
      result.put(lane, static_cast<T>(value_at(value, lane)));
    return result;
  }
}

template <class T, class V>
inline auto cast(Mask, const V& value) {
  if constexpr (std::is_same_v<V, Lanes<T>> || std::is_same_v<V, T>)
    return value;
  else
    return each(CastTo<T>(), value);
}

// Calls a function of the text with the elements of each lane of a mask.
template <class F, class... A>
inline auto call(Mask mask, const F& f, const A&... operands) {
  if constexpr ((VARIES<A> || ...))
    return each_of(mask, f, operands...);
  else
    return f(operands...);
}

typedef int Part __attribute__((vector_size(32), may_alias));

// Returns in each lane the element of another one.
template <class T>
inline Lanes<T> permuted(const Lanes<T>& value, const Lanes<unsigned>& from) {
  Lanes<T> result;
#ifdef __AVX2__
  // Element by element, vectors would be read before the processor has put their parts together.
  if constexpr (sizeof(T) == 4 && MEMBERS<T> == 0) {
    const Part* parts = reinterpret_cast<const Part*>(value.at);
    for (unsigned i = 0; i < sizeof value / sizeof(Part); ++i) {
      const Part index = reinterpret_cast<const Part*>(from.at)[i];
      Part chosen = __builtin_ia32_permvarsi256(parts[0], index);
      for (int other = 1; other < int(sizeof value / sizeof(Part)); ++other) {
        const Part here = index >> 3 == other;
        chosen = (chosen & ~here) | (__builtin_ia32_permvarsi256(parts[other], index) & here);
      }
      reinterpret_cast<Part*>(result.at)[i] = chosen;
    }
    return result;
  }
#endif
  for (unsigned lane = 0; lane < WARP; ++lane) result.put(lane, value.get(from.at[lane]));
  return result;
}

// ---------------------------------------------------------------- masks

// Returns the lanes of a mask in which a condition holds.
template <class C>
inline Mask mask_of(Mask mask, const C& condition) {
  if constexpr (VARIES<C>) {
    if constexpr (std::is_same_v<Element<C>, bool>) {
      Mask held = 0;
      for (unsigned first = 0; first < WARP; first += 8) {
        uint64_t bytes;  // of 0 or 1, which the product moves to the highest byte
        std::memcpy(&bytes, condition.at + first, sizeof bytes);
        if constexpr (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__) bytes = __builtin_bswap64(bytes);
        held |= static_cast<Mask>(bytes * 0x0102040810204080ull >> 56) << first;
      }
      return held & mask;
    } else {
      return mask_of(mask, each(IsTrue(), condition));
    }
  } else {
    return condition ? mask : 0;
  }
}

inline Lanes<bool> flags(Mask mask) {
  Lanes<bool> result;
  for (unsigned lane = 0; lane < WARP; ++lane) result.at[lane] = has(mask, lane);
  return result;
}

// Returns the value that all lanes of a mask have.
template <class V>
inline auto common(Mask mask, const V& value) {
  return value_at(value, mask ? __builtin_ctz(mask) : 0);
}

// Sets a variable in the lanes of a mask.
template <class T, int Members, class V>
[[gnu::noinline]] void assign_some(Mask mask, Lanes<T, Members>& variable, const V& value) {
  for (unsigned lane = 0; lane < WARP; ++lane)
    if (has(mask, lane)) variable.put(lane, static_cast<T>(value_at(value, lane)));
}
template <class T, int Members, class V>
EMULATOR_OPERATION void assign(Mask mask, Lanes<T, Members>& variable, const V& value) {
  if (mask == FULL)
    variable = spread<T>(value);
  else
    assign_some(mask, variable, value);
}
// One that all lanes have in common: whoever runs the statement sets it.
template <class T, class V>
inline std::enable_if_t<!VARIES<T>> assign(Mask, T& variable, const V& value) {
  variable = static_cast<T>(value);
}

// `c ? a : b`, where each of the functions `a` and `b` runs in the lanes that take its side.
template <class C, class A, class B>
inline auto select(Mask mask, const C& condition, const A& a, const B& b) {
  using Left = decltype(a(mask));
  using Right = decltype(b(mask));
  using T = std::decay_t<decltype(true ? std::declval<Element<Left>>()
                                       : std::declval<Element<Right>>())>;
  if constexpr (VARIES<C>) {
    const Mask taken = mask_of(mask, condition), other = mask & ~taken;
    Lanes<T> result{};
    if (taken) assign(taken, result, a(taken));
    if (other) assign(other, result, b(other));
    return result;
  } else if constexpr (VARIES<Left> || VARIES<Right>) {
    return condition ? spread<T>(a(mask)) : spread<T>(b(mask));
  } else {
    return static_cast<T>(condition ? a(mask) : b(mask));
  }
}

// `a && b` and `a || b`, where the function `b` runs in the lanes that need it.
template <class A, class B>
inline auto both(Mask mask, const A& a, const B& b) {
  if constexpr (VARIES<A>) {
    const Mask held = mask_of(mask, a);
    return flags(held ? mask_of(held, b(held)) : 0);
  } else if constexpr (VARIES<decltype(b(mask))>) {
    return flags(a ? mask_of(mask, b(mask)) : 0);
  } else {
    return a && b(mask);
  }
}
template <class A, class B>
inline auto either(Mask mask, const A& a, const B& b) {
  if constexpr (VARIES<A>) {
    const Mask held = mask_of(mask, a), other = mask & ~held;
    return flags(held | (other ? mask_of(other, b(other)) : 0));
  } else if constexpr (VARIES<decltype(b(mask))>) {
    return flags(a ? mask : mask_of(mask, b(mask)));
  } else {
    return a || b(mask);
  }
}

// ---------------------------------------------------------------- arithmetic

#define EMULATOR_UNARY(name)                   \
  template <class A>                           \
  inline auto name(Mask, const A& a) {         \
    return each(operations::name(), a);        \
  }
#define EMULATOR_BINARY(name)                          \
  template <class A, class B>                          \
  inline auto name(Mask, const A& a, const B& b) {     \
    return each(operations::name(), a, b);             \
  }
#define EMULATOR_DIVISION(name)                                           \
  template <class A, class B>                                             \
  inline auto name(Mask mask, const A& a, const B& b) {                   \
    if constexpr (VARIES<B> && std::is_integral_v<Element<B>>)            \
      return each_of(mask, operations::name(), a, b);                     \
    else                                                                  \
      return each(operations::name(), a, b);                              \
  }
EMULATOR_UNARY(plus)
EMULATOR_UNARY(invert)
EMULATOR_UNARY(not_)
EMULATOR_DIVISION(divide)
EMULATOR_DIVISION(remainder)
EMULATOR_BINARY(shift_left)
EMULATOR_BINARY(shift_right)
EMULATOR_BINARY(and_)
EMULATOR_BINARY(or_)
EMULATOR_BINARY(xor_)
EMULATOR_BINARY(less)
EMULATOR_BINARY(less_equal)
EMULATOR_BINARY(greater)
EMULATOR_BINARY(greater_equal)
EMULATOR_BINARY(equal)
EMULATOR_BINARY(not_equal)
#ifndef EMULATOR_CHECKED
EMULATOR_UNARY(negate)
EMULATOR_BINARY(add)
EMULATOR_BINARY(subtract)
EMULATOR_BINARY(multiply)
#endif

}  // namespace warps
}  // namespace emulator
