// Values of warps in checked mode: see ../checked.h for those of a thread.
#pragma once
#include "../checked.h"
#include "requests.h"

namespace emulator {
namespace warps {

// ---------------------------------------------------------------- arithmetic

template <class R, class A, class B>
constexpr bool CAN_OVERFLOW = std::is_integral_v<R>&& std::is_signed_v<R>&& std::is_integral_v<A>&&
    std::is_integral_v<B>;

// An operation that reports the lanes in which it overflows.
template <class Operation, class A, class B>
EMULATOR_OPERATION auto watched(Mask mask, const char* sign, const A& a, const B& b) {
  using R = decltype(Operation()(std::declval<Element<A>>(), std::declval<Element<B>>()));
  if constexpr (!CAN_OVERFLOW<R, Element<A>, Element<B>>) {
    return each(Operation(), a, b);
  } else {
    const auto report = [&](unsigned lane) {
      R result;
      const R left = value_at(a, lane), right = value_at(b, lane);
      if (Operation::overflows(left, right, &result))
        overflows(lane, sign, left, right, 8 * sizeof(R));
    };
    if constexpr (VARIES<A> || VARIES<B>) {
      Lanes<R> result;
      R any = 0;  // its sign: whether any lane overflows
      for (unsigned lane = 0; lane < WARP; ++lane) {
        const R left = value_at(a, lane), right = value_at(b, lane);
        any |= Operation::wrapped(left, right, result.at[lane]);
      }
      if (any < 0) in_order(mask, report);
      return result;
    } else {
      R result;
      if (Operation::overflows(R(a), R(b), &result)) in_order(mask, report);
      return result;
    }
  }
}

template <class R>
using Unsigned = std::make_unsigned_t<R>;

// Each sets the wrapped result, and returns a value that is negative if it overflows.
struct Add : operations::add {
  template <class R>
  static bool overflows(R a, R b, R* result) {
    return __builtin_add_overflow(a, b, result);
  }
  template <class R>
  static R wrapped(R a, R b, R& result) {
    result = static_cast<R>(static_cast<Unsigned<R>>(a) + static_cast<Unsigned<R>>(b));
    return (a ^ result) & (b ^ result);
  }
};
struct Subtract : operations::subtract {
  template <class R>
  static bool overflows(R a, R b, R* result) {
    return __builtin_sub_overflow(a, b, result);
  }
  template <class R>
  static R wrapped(R a, R b, R& result) {
    result = static_cast<R>(static_cast<Unsigned<R>>(a) - static_cast<Unsigned<R>>(b));
    return (a ^ b) & (a ^ result);
  }
};
struct Multiply : operations::multiply {
  template <class R>
  static bool overflows(R a, R b, R* result) {
    return __builtin_mul_overflow(a, b, result);
  }
  template <class R>
  static R wrapped(R a, R b, R& result) {
    if constexpr (sizeof(R) == sizeof(int)) {
      const long long wide = static_cast<long long>(a) * b;
      result = static_cast<R>(wide);
      return static_cast<R>((wide >> 32) ^ (result >> 31)) ? -1 : 0;
    } else {
      return __builtin_mul_overflow(a, b, &result) ? -1 : 0;
    }
  }
};

#define EMULATOR_WATCHED(name, operation, sign)                \
  template <class A, class B>                                  \
  inline auto name(Mask mask, const A& a, const B& b) {        \
    return watched<operation>(mask, sign, a, b);               \
  }
EMULATOR_WATCHED(add, Add, "+")
EMULATOR_WATCHED(subtract, Subtract, "-")
EMULATOR_WATCHED(multiply, Multiply, "*")
#undef EMULATOR_WATCHED

template <class A>
inline auto negate(Mask mask, const A& a) {
  using R = decltype(-std::declval<Element<A>>());
  if constexpr (CAN_OVERFLOW<R, R, R>) {
    constexpr R LEAST = static_cast<R>(Unsigned<R>{1} << (8 * sizeof(R) - 1));
    const Mask over = mask_of(mask, each([](const auto& x) { return R(x) == LEAST; }, a));
    in_order(over, [](unsigned lane) {
      overflows(lane, "negated from", 0, LEAST, 8 * sizeof(R));
    });
    return each([](const auto& x) { return R(Unsigned<R>{0} - Unsigned<R>(R(x))); }, a);
  } else {
    return each(operations::negate(), a);
  }
}

// ---------------------------------------------------------------- pointers

// Pointers of the lanes into one memory.
template <class T>
struct Pointers {
  Memory* memory;
  bool in_step;
  Lanes<char*> at;
};

template <class T>
constexpr bool in_step_through(const Pointer<T>&) {
  return false;
}
template <class T>
constexpr bool in_step_through(const Volatile<T>&) {
  return true;
}

template <class T, class I>
EMULATOR_OPERATION Lanes<char*> moved(char* from, const I& count) {
  Lanes<char*> result;
  for (unsigned lane = 0; lane < WARP; ++lane)
    result.at[lane] = from + static_cast<long long>(count.at[lane]) * int(sizeof(T));
  return result;
}

template <template <class> class P, class T, class I>
inline auto offset(Mask, const P<T>& pointer, const I& count) {
  if constexpr (std::is_same_v<P<T>, Pointers<T>>) {
    Pointers<T> result = pointer;
    for (unsigned lane = 0; lane < WARP; ++lane)
      result.at.at[lane] += static_cast<long long>(value_at(count, lane)) * int(sizeof(T));
    return result;
  } else if constexpr (VARIES<I>) {
    return Pointers<T>{pointer.memory, in_step_through(pointer), moved<T>(pointer.address, count)};
  } else {
    return pointer + static_cast<long long>(count);
  }
}

template <class T, class U>
inline Pointer<T> pointer_cast(const Pointer<U>& pointer) {
  return Pointer<T>(pointer.memory, pointer.address);
}
template <class T, class U>
inline Pointers<T> pointer_cast(const Pointers<U>& pointer) {
  return {pointer.memory, pointer.in_step, pointer.at};
}
template <class T, class U>
inline Volatile<T> volatile_cast(const Pointer<U>& pointer) {
  return Volatile<T>(Pointer<T>(pointer.memory, pointer.address));
}
template <class T, class U>
inline Pointers<T> volatile_cast(const Pointers<U>& pointer) {
  return {pointer.memory, true, pointer.at};
}

// ---------------------------------------------------------------- global and shared memory

void check_poison(const Request& request, Mask poisoned);

template <class T>
[[gnu::noinline]] Lanes<T> load_at(int site, Mask mask, const Pointers<T>& pointer) {
  const Mask in =
      check_read({site, mask, pointer.memory, &pointer.at, sizeof(T), pointer.in_step});
  Lanes<T> result{};
  for (unsigned lane = 0; lane < WARP; ++lane) {
    if (!has(in, lane)) continue;
    T value;
    std::memcpy(static_cast<void*>(&value), pointer.at.at[lane], sizeof value);
    result.put(lane, value);
  }
  return result;
}
template <class T>
[[gnu::noinline]] T load_common(int site, Mask mask, Memory* memory, char* address, bool in_step) {
  T value;
  if (check_common_read({site, mask, memory, nullptr, sizeof(T), in_step}, address))
    std::memcpy(static_cast<void*>(&value), address, sizeof value);
  else
    std::memset(static_cast<void*>(&value), 0, sizeof value);
  return value;
}
template <class T>
inline T load_at(int site, Mask mask, const Pointer<T>& pointer) {
  return load_common<T>(site, mask, pointer.memory, pointer.address, false);
}
template <class T>
inline T load_at(int site, Mask mask, const Volatile<T>& pointer) {
  return load_common<T>(site, mask, pointer.memory, pointer.address, true);
}

template <class T, class V>
[[gnu::noinline]] void store_at(int site, Mask mask, const Pointers<T>& pointer, const V& value) {
  T values[WARP];
  Lanes<bool> poisoned{};
  for (unsigned lane = 0; lane < WARP; ++lane) {
    values[lane] = static_cast<T>(value_at(value, lane));
    poisoned.at[lane] = is_poison(values[lane]);
  }
  const Request request{site, mask, pointer.memory, &pointer.at, sizeof(T), pointer.in_step};
  if (const Mask some = mask_of(mask, poisoned)) check_poison(request, some);
  check_write(request, reinterpret_cast<const char*>(values));
}
template <class T, class V>
inline void store_at(int site, Mask mask, const Pointer<T>& pointer, const V& value) {
  store_at(site, mask, offset(mask, pointer, Lanes<int>{}), value);
}
template <class T, class V>
inline void store_at(int site, Mask mask, const Volatile<T>& pointer, const V& value) {
  store_at(site, mask, offset(mask, pointer, Lanes<int>{}), value);
}

template <template <class> class P, class T, class I>
inline auto load(int site, Mask mask, const P<T>& array, const I& index) {
  return load_at(site, mask, offset(mask, array, index));
}
template <template <class> class P, class T, class I, class V>
inline void store(int site, Mask mask, const P<T>& array, const I& index, const V& value) {
  store_at(site, mask, offset(mask, array, index), value);
}

template <class F, class T, class... A>
inline auto atomic(int site, Mask mask, const F& f, const Pointers<T>& pointer,
                   const A&... operands) {
  Lanes<T> result{};
  const Request request{site, mask, pointer.memory, &pointer.at, sizeof(T), false};
  in_order(mask, [&](unsigned lane) {
    if (check_atomic(request, lane))
      result.put(lane, f(reinterpret_cast<T*>(pointer.at.at[lane]), value_at(operands, lane)...));
  });
  return result;
}
template <class F, class T, class... A>
inline auto atomic(int site, Mask mask, const F& f, const Pointer<T>& pointer,
                   const A&... operands) {
  return atomic(site, mask, f, offset(mask, pointer, Lanes<int>{}), operands...);
}

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
inline decltype(auto) load(int, Mask mask, const Private<T, N>& array, const I& index) {
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
[[gnu::noinline]] void store(int, Mask mask, Private<T, N>& array, const I& index, const V& value) {
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
[[gnu::noinline]] auto load(int, Mask mask, const Common<T, N>& array, const I& index) {
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
[[gnu::noinline]] void store(int, Mask mask, Common<T, N>& array, const I& index, const V& value) {
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
[[gnu::noinline]] Lanes<W> load_as(int, Mask mask, const Private<T, N>& array, const I& index) {
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
[[gnu::noinline]] void store_as(int, Mask mask, Private<T, N>& array, const I& index,
                                const V& value) {
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
