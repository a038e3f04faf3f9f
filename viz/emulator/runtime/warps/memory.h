// Accesses of a warp to memory, without checks. Each is one request: a site, a mask, the addresses
// of its lanes.
#pragma once
#include "lanes.h"

namespace emulator {
namespace warps {

// The number of the first thread of the running warp, and its lanes in running order.
extern unsigned first_thread;
extern const unsigned* lane_order;
extern bool forward;  // whether that is their own order

// Calls a function with each lane of a mask, in running order: the last lane that writes to an
// address wins.
template <class F>
inline void in_order(Mask mask, const F& f) {
  if (forward) {
    for (; mask; mask &= mask - 1) f(static_cast<unsigned>(__builtin_ctz(mask)));
    return;
  }
  for (unsigned i = 0; i < WARP; ++i) {
    const unsigned lane = lane_order[i] - first_thread;
    if (lane < WARP && has(mask, lane)) f(lane);
  }
}

// Whether the lanes have the numbers n, n + 1, n + 2 ...
template <class I>
inline bool consecutive(const Lanes<I>& index) {
  bool all = true;
  for (unsigned lane = 0; lane < WARP; ++lane)
    all &= index.at[lane] == static_cast<I>(index.at[0] + static_cast<I>(lane));
  return all;
}

// ---------------------------------------------------------------- variables

// Returns the value whose bits are those of a variable: the first ones, or another part.
template <class T, unsigned Part = 0, class V>
inline auto bits_of(Mask, const V& value) {
  const auto convert = [](const auto& element) {
    static_assert((Part + 1) * sizeof(T) <= sizeof element, "reads beyond the variable");
    T result;
    std::memcpy(static_cast<void*>(&result),
                reinterpret_cast<const char*>(&element) + Part * sizeof result, sizeof result);
    return result;
  };
  return each(convert, value);
}

// Sets the first bits of a variable, or another part.
template <class T, unsigned Part = 0, class V, class W>
inline void set_bits(Mask mask, V& variable, const W& value) {
  const auto convert = [](auto element, const T& bits) {
    static_assert((Part + 1) * sizeof(T) <= sizeof element, "writes beyond the variable");
    std::memcpy(reinterpret_cast<char*>(&element) + Part * sizeof bits, &bits, sizeof bits);
    return element;
  };
  assign(mask, variable, each(convert, variable, spread<T>(value)));
}

#ifndef EMULATOR_CHECKED

// An array that each lane has for itself.
template <class T, unsigned N>
struct Private {
  Lanes<T> element[N];
};
// One in which all lanes hold the same.
template <class T, unsigned N>
struct Common {
  T element[N];
};

// ---------------------------------------------------------------- global and shared memory

// `site` is the offset of the access in the CUDA text.
template <class T, class I>
inline auto load(int site, Mask mask, T* array, const I& index) {
  using V = std::remove_cv_t<T>;
  if constexpr (VARIES<I>) {
    if (mask == FULL && consecutive(index)) {
      Lanes<V> result;
      const T* first = array + index.at[0];
      for (unsigned lane = 0; lane < WARP; ++lane) result.put(lane, static_cast<V>(first[lane]));
      return result;
    }
    return each_of(mask, [array](auto i) -> V { return array[i]; }, index);
  } else {
    return V(array[index]);
  }
}

template <class T, class I, class V>
[[gnu::noinline]] void scatter(Mask mask, T* array, const I& index, const V& value) {
  in_order(mask, [&](unsigned lane) {
    array[value_at(index, lane)] = static_cast<std::remove_cv_t<T>>(value_at(value, lane));
  });
}

template <class T, class I, class V>
inline void store(int site, Mask mask, T* array, const I& index, const V& value) {
  using E = std::remove_cv_t<T>;
  if constexpr (VARIES<I>) {
    if (mask == FULL && consecutive(index)) {
      T* first = array + index.at[0];
      for (unsigned lane = 0; lane < WARP; ++lane)
        first[lane] = static_cast<E>(value_at(value, lane));
      return;
    }
  }
  scatter(mask, array, index, value);
}

template <class T>
inline std::remove_cv_t<T> load_at(int site, Mask, T* pointer) {
  return *pointer;
}
template <class T>
inline Lanes<std::remove_cv_t<T>> load_at(int site, Mask mask, const Lanes<T*>& pointer) {
  using V = std::remove_cv_t<T>;
  return each_of(mask, [](T* address) -> V { return *address; }, pointer);
}
template <class P, class V>
inline void store_at(int site, Mask mask, const P& pointer, const V& value) {
  using T = std::remove_cv_t<std::remove_pointer_t<Element<P>>>;
  in_order(mask, [&](unsigned lane) {
    *value_at(pointer, lane) = static_cast<T>(value_at(value, lane));
  });
}

template <class T, class I>
inline auto offset(Mask, T* pointer, const I& count) {
  return each([pointer](auto n) { return pointer + n; }, count);
}
template <class T, class I>
inline auto offset(Mask, const Lanes<T*>& pointer, const I& count) {
  return each([](T* address, auto n) { return address + n; }, pointer, count);
}

template <class T, class P>
inline auto pointer_cast(const P& pointer) {
  return each([](auto address) { return (T*)address; }, pointer);
}
template <class T, class P>
inline auto volatile_cast(const P& pointer) {
  return each([](auto address) { return (volatile T*)address; }, pointer);
}

// Calls an atomic operation for each lane in turn.
template <class F, class P, class... A>
inline auto atomic(int site, Mask mask, const F& f, const P& pointer, const A&... operands) {
  Lanes<decltype(f(value_at(pointer, 0), value_at(operands, 0)...))> result{};
  in_order(mask, [&](unsigned lane) {
    result.put(lane, f(value_at(pointer, lane), value_at(operands, lane)...));
  });
  return result;
}

// ---------------------------------------------------------------- arrays of the lanes

template <class T, unsigned N, class I>
inline auto load(int site, Mask mask, const Private<T, N>& array, const I& index) {
  if constexpr (VARIES<I>) {
    Lanes<T> result{};
    for (unsigned lane = 0; lane < WARP; ++lane)
      if (has(mask, lane)) result.put(lane, array.element[index.at[lane]].get(lane));
    return result;
  } else {
    return array.element[index];
  }
}
template <class T, unsigned N, class I, class V>
inline void store(int site, Mask mask, Private<T, N>& array, const I& index, const V& value) {
  if constexpr (VARIES<I>) {
    for (unsigned lane = 0; lane < WARP; ++lane)
      if (has(mask, lane))
        array.element[index.at[lane]].put(lane, static_cast<T>(value_at(value, lane)));
  } else {
    assign(mask, array.element[index], value);
  }
}

template <class T, unsigned N, class I>
inline auto load(int site, Mask mask, const Common<T, N>& array, const I& index) {
  if constexpr (VARIES<I>)
    return each_of(mask, [&array](auto i) { return array.element[i]; }, index);
  else
    return array.element[index];
}
template <class T, unsigned N, class I, class V>
inline void store(int site, Mask, Common<T, N>& array, const I& index, const V& value) {
  array.element[index] = static_cast<T>(value);
}

// An access to several elements at once, as to a vector type.
template <class W, class T, unsigned N, class I>
inline Lanes<W> load_as(int site, Mask mask, const Private<T, N>& array, const I& index) {
  static_assert(sizeof(W) % sizeof(T) == 0, "an access to part of an element");
  Lanes<W> result{};
  for (unsigned lane = 0; lane < WARP; ++lane) {
    if (!has(mask, lane)) continue;
    T elements[sizeof(W) / sizeof(T)];
    for (unsigned i = 0; i < sizeof(W) / sizeof(T); ++i)
      elements[i] = array.element[value_at(index, lane) + i].get(lane);
    W value;
    std::memcpy(static_cast<void*>(&value), elements, sizeof value);
    result.put(lane, value);
  }
  return result;
}
template <class W, class T, unsigned N, class I, class V>
inline void store_as(int site, Mask mask, Private<T, N>& array, const I& index, const V& value) {
  static_assert(sizeof(W) % sizeof(T) == 0, "an access to part of an element");
  for (unsigned lane = 0; lane < WARP; ++lane) {
    if (!has(mask, lane)) continue;
    const W whole = static_cast<W>(value_at(value, lane));
    T elements[sizeof(W) / sizeof(T)];
    std::memcpy(static_cast<void*>(elements), &whole, sizeof whole);
    for (unsigned i = 0; i < sizeof(W) / sizeof(T); ++i)
      array.element[value_at(index, lane) + i].put(lane, elements[i]);
  }
}

#endif

}  // namespace warps
}  // namespace emulator
