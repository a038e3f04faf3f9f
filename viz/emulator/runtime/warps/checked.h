// Accesses of warps through pointers in checked mode: see ../checked.h for those of a thread.
#pragma once
#include "../checked.h"
#include "counting.h"
#include "requests.h"

namespace emulator {
namespace warps {

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
[[gnu::noinline]] Lanes<T> load_at(Place site, Mask mask, const Pointers<T>& pointer) {
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
[[gnu::noinline]] T load_common(Place site, Mask mask, Memory* memory, char* address, bool in_step) {
  T value;
  if (check_common_read({site, mask, memory, nullptr, sizeof(T), in_step}, address))
    std::memcpy(static_cast<void*>(&value), address, sizeof value);
  else
    std::memset(static_cast<void*>(&value), 0, sizeof value);
  return value;
}
template <class T>
inline T load_at(Place site, Mask mask, const Pointer<T>& pointer) {
  return load_common<T>(site, mask, pointer.memory, pointer.address, false);
}
template <class T>
inline T load_at(Place site, Mask mask, const Volatile<T>& pointer) {
  return load_common<T>(site, mask, pointer.memory, pointer.address, true);
}

template <class T, class V>
[[gnu::noinline]] void store_at(Place site, Mask mask, const Pointers<T>& pointer, const V& value) {
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
inline void store_at(Place site, Mask mask, const Pointer<T>& pointer, const V& value) {
  store_at(site, mask, offset(mask, pointer, Lanes<int>{}), value);
}
template <class T, class V>
inline void store_at(Place site, Mask mask, const Volatile<T>& pointer, const V& value) {
  store_at(site, mask, offset(mask, pointer, Lanes<int>{}), value);
}

template <template <class> class P, class T, class I>
inline auto load(Place site, Mask mask, const P<T>& array, const I& index) {
  return load_at(site, mask, offset(mask, array, index));
}
template <template <class> class P, class T, class I, class V>
inline void store(Place site, Mask mask, const P<T>& array, const I& index, const V& value) {
  store_at(site, mask, offset(mask, array, index), value);
}

template <class F, class T, class... A>
inline auto atomic(Place site, Mask mask, const F& f, const Pointers<T>& pointer,
                   const A&... operands) {
  Lanes<T> result{};
  const Request request{site, mask, pointer.memory, &pointer.at, sizeof(T), false};
  if (counting) count_atomic(request);
  in_order(mask, [&](unsigned lane) {
    if (check_atomic(request, lane))
      result.put(lane, f(reinterpret_cast<T*>(pointer.at.at[lane]), value_at(operands, lane)...));
  });
  return result;
}
template <class F, class T, class... A>
inline auto atomic(Place site, Mask mask, const F& f, const Pointer<T>& pointer,
                   const A&... operands) {
  return atomic(site, mask, f, offset(mask, pointer, Lanes<int>{}), operands...);
}

}  // namespace warps
}  // namespace emulator
