// Variables and arrays of the lanes in checked mode: each element has its origin.
#pragma once
#include "../checked.h"
#include "counting.h"
#include "requests.h"

namespace emulator {
namespace warps {

// ---------------------------------------------------------------- variables

// A variable that may hold an uninitialised value.
template <class V>
struct Tracked {
  V value;
  Origins origins;

  explicit Tracked(Mask) {}
  template <class U>
  Tracked(Mask mask, const U& initial) {
    if constexpr (VARIES<V>)
      value = spread<typename V::Value>(initial);
    else
      value = static_cast<V>(initial);
    origins = statement_origins();
    origins.some &= mask;
  }
};

template <class V>
inline const V& use(Mask mask, const Tracked<V>& variable) {
  if (variable.origins.some & mask) add_origins(mask, variable.origins);
  return variable.value;
}

inline void set_origins(Mask mask, Origins& origins) {
  const Origins& now = statement_origins();
  for (Mask rest = mask & now.some; rest; rest &= rest - 1)
    origins.of.at[__builtin_ctz(rest)] = now.of.at[__builtin_ctz(rest)];
  origins.some = (origins.some & ~mask) | (now.some & mask);
}

template <class V, class U>
inline void assign(Mask mask, Tracked<V>& variable, const U& value) {
  assign(mask, variable.value, value);
  set_origins(mask, variable.origins);
}

template <class T, unsigned Part = 0, class V>
inline auto bits_of(Mask mask, const Tracked<V>& variable) {
  return bits_of<T, Part>(mask, use(mask, variable));
}
// What is left of its other bits may be uninitialised still.
template <class T, unsigned Part = 0, class V, class W>
inline void set_bits(Mask mask, Tracked<V>& variable, const W& value) {
  set_bits<T, Part>(mask, variable.value, value);
  set_origins(mask & statement_origins().some, variable.origins);
}

// ---------------------------------------------------------------- arrays of the lanes

template <class T, unsigned N>
struct Private {
  const char* name;
  Lanes<T> element[N];
  Origins origins[N];
  Mask never[N];  // lanes that never wrote the element

  explicit Private(const char* name) : name(name) {
    std::memset(static_cast<void*>(element), 0xFF, sizeof element);
    std::memset(never, 0xFF, sizeof never);
  }

  void note_read(Mask mask, long long index) const {
    if (never[index] & mask) add_unwritten(never[index] & mask, name, index);
    if (origins[index].some & mask) add_origins(mask, origins[index]);
  }
  void note_write(Mask mask, long long index) {
    never[index] &= ~mask;
    if ((statement_origins().some | origins[index].some) & mask) set_origins(mask, origins[index]);
  }
};

// One in which all lanes hold the same.
template <class T, unsigned N>
struct Common {
  const char* name;
  T element[N];
  Origins origins[N];
  Mask never[N];

  explicit Common(const char* name) : name(name) {
    std::memset(static_cast<void*>(element), 0xFF, sizeof element);
    std::memset(never, 0xFF, sizeof never);
  }
};

// Calls a function with each index that lanes have, and its lanes; reports those outside.
template <unsigned N, class I, class F>
inline void by_index(Mask mask, const char* name, const I& index, const char* doing, const F& f) {
  in_order(mask, [&](unsigned lane) {
    const auto i = static_cast<long long>(value_at(index, lane));
    if (i < 0 || i >= static_cast<long long>(N))
      outside(1u << lane, name, i, N, doing);
    else
      f(lane, i);
  });
}

template <class T, unsigned N, class I>
[[gnu::noinline]] Lanes<T> load_each(Mask mask, const Private<T, N>& array, const I& index) {
  Lanes<T> result{};
  by_index<N>(mask, array.name, index, "reads", [&](unsigned lane, long long i) {
    array.note_read(1u << lane, i);
    result.put(lane, array.element[i].get(lane));
  });
  return result;
}
template <class T, unsigned N, class I>
inline decltype(auto) load(Place site, Mask mask, const Private<T, N>& array, const I& index) {
  if (counting) count_own(site, mask, Does::LOAD, sizeof(T), array.name);
  if constexpr (VARIES<I>) {
    return load_each(mask, array, index);
  } else {
    static const Lanes<T> nothing{};
    const bool in = 0 <= index && index < static_cast<long long>(N);
    if (in)
      array.note_read(mask, index);
    else
      outside(mask, array.name, index, N, "reads");
    return (in ? array.element[index] : nothing);
  }
}

template <class T, unsigned N, class I, class V>
[[gnu::noinline]] void store(Place site, Mask mask, Private<T, N>& array, const I& index,
                             const V& value) {
  if (counting) count_own(site, mask, Does::STORE, sizeof(T), array.name);
  if constexpr (VARIES<I>) {
    by_index<N>(mask, array.name, index, "writes", [&](unsigned lane, long long i) {
      array.element[i].put(lane, static_cast<T>(value_at(value, lane)));
      array.note_write(1u << lane, i);
    });
  } else if (0 <= index && index < static_cast<long long>(N)) {
    assign(mask, array.element[index], value);
    array.note_write(mask, index);
  } else {
    outside(mask, array.name, index, N, "writes");
  }
}

template <class T, unsigned N, class I>
[[gnu::noinline]] auto load(Place site, Mask mask, const Common<T, N>& array, const I& index) {
  if (counting) count_own(site, mask, Does::LOAD, sizeof(T), array.name);
  const auto note = [&](Mask lanes, long long i) {
    if (array.never[i] & lanes) add_unwritten(array.never[i] & lanes, array.name, i);
    if (array.origins[i].some & lanes) add_origins(lanes, array.origins[i]);
  };
  if constexpr (VARIES<I>) {
    Lanes<T> result{};
    by_index<N>(mask, array.name, index, "reads", [&](unsigned lane, long long i) {
      note(1u << lane, i);
      result.put(lane, array.element[i]);
    });
    return result;
  } else {
    if (0 <= index && index < static_cast<long long>(N)) {
      note(mask, index);
      return array.element[index];
    }
    outside(mask, array.name, index, N, "reads");
    return T();
  }
}
template <class T, unsigned N, class I, class V>
[[gnu::noinline]] void store(Place site, Mask mask, Common<T, N>& array, const I& index,
                             const V& value) {
  if (counting) count_own(site, mask, Does::STORE, sizeof(T), array.name);
  if (0 <= index && index < static_cast<long long>(N)) {
    array.element[index] = static_cast<T>(value);
    array.never[index] &= ~mask;
    set_origins(mask, array.origins[index]);
  } else {
    outside(mask, array.name, index, N, "writes");
  }
}

// An access to several elements at once, as to a vector type.
template <class W, class T, unsigned N, class I>
[[gnu::noinline]] Lanes<W> load_as(Place site, Mask mask, const Private<T, N>& array,
                                   const I& index) {
  if (counting) count_own(site, mask, Does::LOAD, sizeof(W), array.name);
  constexpr unsigned COUNT = sizeof(W) / sizeof(T);
  static_assert(sizeof(W) % sizeof(T) == 0, "an access to part of an element");
  Lanes<W> result{};
  by_index<N>(mask, array.name, index, "reads", [&](unsigned lane, long long i) {
    if (i + COUNT > N) return outside(1u << lane, array.name, i, N, "reads");
    T elements[COUNT];
    for (unsigned k = 0; k < COUNT; ++k) {
      array.note_read(1u << lane, i + k);
      elements[k] = array.element[i + k].get(lane);
    }
    W value;
    std::memcpy(static_cast<void*>(&value), elements, sizeof value);
    result.put(lane, value);
  });
  return result;
}
template <class W, class T, unsigned N, class I, class V>
[[gnu::noinline]] void store_as(Place site, Mask mask, Private<T, N>& array, const I& index,
                                const V& value) {
  if (counting) count_own(site, mask, Does::STORE, sizeof(W), array.name);
  constexpr unsigned COUNT = sizeof(W) / sizeof(T);
  static_assert(sizeof(W) % sizeof(T) == 0, "an access to part of an element");
  by_index<N>(mask, array.name, index, "writes", [&](unsigned lane, long long i) {
    if (i + COUNT > N) return outside(1u << lane, array.name, i, N, "writes");
    const W whole = static_cast<W>(value_at(value, lane));
    T elements[COUNT];
    std::memcpy(static_cast<void*>(elements), &whole, sizeof whole);
    for (unsigned k = 0; k < COUNT; ++k) {
      array.element[i + k].put(lane, elements[k]);
      array.note_write(1u << lane, i + k);
    }
  });
}

// ---------------------------------------------------------------- shuffles

// The operand of a shuffle, with its origins: the lane receives another value in its place.
template <class V>
struct SentValue {
  V value;
  Origins origins;
};

template <class F>
inline auto sent(Mask, const F& operand) {
  const Origins before = replace_origins(Origins());
  using V = std::decay_t<decltype(operand())>;
  V value = operand();
  return SentValue<V>{value, replace_origins(before)};
}
template <class V>
inline const V& sent_value(const SentValue<V>& operand) {
  return operand.value;
}

template <class V, class G>
inline void receive(Mask mask, const SentValue<V>& operand, const Lanes<unsigned>& from,
                    const G& group) {
  const Origins& origins = operand.origins;
  Lanes<bool> absent;
  for (unsigned lane = 0; lane < WARP; ++lane)
    absent.at[lane] = from.at[lane] >= WARP || !has(value_at(group, lane), from.at[lane] % WARP);
  const Mask without = mask_of(mask, absent);
  if (!origins.some && !without) return;
  Origins received;
  for (Mask rest = mask; rest; rest &= rest - 1) {
    const unsigned lane = __builtin_ctz(rest);
    const unsigned source = has(without, lane) ? lane : from.at[lane];
    if (!has(origins.some, source)) continue;
    received.of.at[lane] = origins.of.at[source];
    received.some |= 1u << lane;
  }
  add_origins(mask, received);
  for (Mask rest = without; rest; rest &= rest - 1)
    add_absent(__builtin_ctz(rest), from.at[__builtin_ctz(rest)]);
}

}  // namespace warps
}  // namespace emulator
