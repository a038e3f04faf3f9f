// Checked mode: pointers and arrays whose accesses are checked by shadow.h.
//
// viz/emulator/instrument.py writes these types where the emitted text has plain pointers
// and arrays. Values keep their types, so arithmetic costs the same.
#pragma once
#include <cstring>
#include <type_traits>

#include "shadow.h"

namespace emulator {

template <class T>
struct Pointer;

// Whether a value has the bits of poisoned memory; float arithmetic keeps the bits of a NaN.
template <class T>
inline bool is_poison(const T& value) {
  if constexpr (std::is_floating_point_v<T> || std::is_same_v<T, Half>) {
    T all_ones;
    std::memset(&all_ones, 0xFF, sizeof all_ones);
    return value != value && !std::memcmp(&value, &all_ones, sizeof value);
  }
  return false;
}
template <class T>
inline bool is_poison(const Vector2<T>& v) {
  return is_poison(v.x) || is_poison(v.y);
}
template <class T>
inline bool is_poison(const Vector4<T>& v) {
  return is_poison(v.x) || is_poison(v.y) || is_poison(v.z) || is_poison(v.w);
}

// One element: reading and assigning it are checked.
template <class T>
struct Reference {
  Memory* memory;  // null for a local variable of the thread, which needs no check
  char* address;
  bool in_step = false;  // whether the lanes of a warp are in lockstep here

  // Reads and stores are not inlined: a kernel has thousands, which would take seconds to compile.
  [[gnu::noinline]] T read() const {
    T value;
    if (memory && !on_read(*memory, address, sizeof(T), in_step))
      std::memset(static_cast<void*>(&value), 0, sizeof value);
    else
      std::memcpy(static_cast<void*>(&value), address, sizeof value);
    return value;
  }
  operator T() const { return read(); }
  // A cast to another type: (float)X[i] of a bfloat16 takes two conversions.
  template <class U, class = std::enable_if_t<!std::is_same_v<T, U>>>
  explicit operator U() const {
    return static_cast<U>(read());
  }
  [[gnu::noinline]] const Reference& operator=(T value) const {
    if (memory && is_poison(value)) on_poison(*memory, address);
    if (!memory || on_write(*memory, address, sizeof(T), in_step, &value))
      std::memcpy(address, static_cast<const void*>(&value), sizeof value);
    return *this;
  }
  const Reference& operator=(const Reference& other) const { return *this = other.read(); }
  const Reference& operator+=(T value) const { return *this = static_cast<T>(read() + value); }
  Pointer<T> operator&() const { return {memory, address}; }
};

template <class T>
struct Pointer {
  Memory* memory = nullptr;
  char* address = nullptr;

  Pointer() = default;
  Pointer(Memory* memory, char* address) : memory(memory), address(address) {}
  Pointer(const Pointer&) = default;
  // Every pointer converts implicitly to Pointer<char>, which stands for void*.
  template <class U, class = std::enable_if_t<!std::is_same_v<T, char> && !std::is_same_v<U, T>>>
  explicit Pointer(const Pointer<U>& other) : memory(other.memory), address(other.address) {}
  template <class U, class = std::enable_if_t<std::is_same_v<T, char> && !std::is_same_v<U, T>>,
            class = void>
  Pointer(const Pointer<U>& other) : memory(other.memory), address(other.address) {}
  template <class U>
  explicit Pointer(U* variable)
      : address(reinterpret_cast<char*>(const_cast<std::remove_cv_t<U>*>(variable))) {}

  Reference<T> operator[](long long index) const {
    return {memory, address + index * static_cast<long long>(sizeof(T))};
  }
  Reference<T> operator*() const { return {memory, address}; }
  Pointer operator+(long long count) const {
    return {memory, address + count * static_cast<long long>(sizeof(T))};
  }
  // ->x of a variable that is reinterpreted as a vector; lanes in memory are never accessed so.
  T* operator->() const {
    if (memory) on_read(*memory, address, sizeof(T));
    return reinterpret_cast<T*>(address);
  }
};

// A pointer to volatile memory.
template <class T>
struct Volatile : Pointer<T> {
  template <class U>
  explicit Volatile(const Pointer<U>& other) : Pointer<T>(other) {}

  Reference<T> operator[](long long index) const {
    return {this->memory, this->address + index * static_cast<long long>(sizeof(T)), true};
  }
  Reference<T> operator*() const { return {this->memory, this->address, true}; }
  Volatile operator+(long long count) const { return Volatile(Pointer<T>::operator+(count)); }
};

// Casts a pointer to another element type.
template <class T, class U>
Pointer<T> pointer(const U& other) {
  return Pointer<T>(other);
}

// A thread's local array: poisoned, with bounds, and an origin for each element.
template <class T, unsigned N>
struct Local : Pointer<T> {
  explicit Local(const char* name)
      : Pointer<T>(&own, reinterpret_cast<char*>(data)),
        own{reinterpret_cast<char*>(data), sizeof data, name, Space::LOCAL, sizeof(T), nullptr,
            origins} {
    std::memset(static_cast<void*>(data), 0xFF, sizeof data);
    std::memset(origins, 0xFF, sizeof origins);
  }
  Local(const Local&) = delete;

 private:
  Memory own;
  alignas(64) T data[N];
  Origin origins[N + 1];
};

// A thread's local variable that may hold an uninitialised value.
template <class T>
struct Named {
  T value;
  Origin origin = 0;

  Named() = default;
  template <class U>
  explicit Named(const U& initial) : value(static_cast<T>(initial)), origin(take_origin()) {}
  T read() const {
    add_origin(origin);
    return value;
  }
  operator T() const { return read(); }
  template <class U, class = std::enable_if_t<!std::is_same_v<T, U>>>
  explicit operator U() const {
    return static_cast<U>(read());
  }
  Named& operator=(T other) {
    value = other;
    origin = take_origin();
    return *this;
  }
  Named& operator=(const Named& other) { return *this = other.read(); }
  Pointer<T> operator&() {
    add_origin(origin);
    return Pointer<T>(__builtin_addressof(value));
  }
};

// The condition of an if. If it is uninitialised, so are the values stored under it.
struct Branch {
  bool taken;
  Origin before;

  explicit Branch(bool condition) : taken(condition), before(decide(take_origin())) {}
  ~Branch() { decide(before); }
  Branch(const Branch&) = delete;
};

// Reads the operand of a shuffle without adding its origin to the statement's: the lane receives
// another value in its place.
template <class Holder>
inline auto sent_by(const Holder& holder) {
  const Origin before = replace_origin(0);
  const auto value = holder.read();
  return Sent<std::decay_t<decltype(value)>>{value, replace_origin(before)};
}
template <class T>
inline Sent<T> sent(const Reference<T>& holder) {
  return sent_by(holder);
}
template <class T>
inline Sent<T> sent(const Named<T>& holder) {
  return sent_by(holder);
}

// The value that a statement computes before it is stored in lockstep.
template <class T>
inline T value_of(const Reference<T>& holder) {
  return holder.read();
}
template <class T>
inline T value_of(const Named<T>& holder) {
  return holder.read();
}

template <class T>
inline T load_readonly(const Pointer<T>& pointer) {
  return (*pointer).read();
}

}  // namespace emulator

#define __ldg(pointer) emulator::load_readonly(pointer)

#define EMULATOR_CHECKED_ATOMIC(name)                                                       \
  template <class T>                                                                        \
  inline T name(const emulator::Pointer<T>& pointer, typename emulator::Same<T>::Type value) { \
    if (pointer.memory && !emulator::on_atomic(*pointer.memory, pointer.address, sizeof(T))) \
      return T();                                                                           \
    return name(reinterpret_cast<T*>(pointer.address), value);                              \
  }
EMULATOR_CHECKED_ATOMIC(atomicAdd)
EMULATOR_CHECKED_ATOMIC(atomicSub)
EMULATOR_CHECKED_ATOMIC(atomicMax)
EMULATOR_CHECKED_ATOMIC(atomicMin)
EMULATOR_CHECKED_ATOMIC(atomicExch)
EMULATOR_CHECKED_ATOMIC(atomicAnd)
EMULATOR_CHECKED_ATOMIC(atomicOr)
EMULATOR_CHECKED_ATOMIC(atomicXor)
#undef EMULATOR_CHECKED_ATOMIC

template <class T>
inline T atomicCAS(const emulator::Pointer<T>& pointer, typename emulator::Same<T>::Type expected,
                   typename emulator::Same<T>::Type value) {
  if (pointer.memory && !emulator::on_atomic(*pointer.memory, pointer.address, sizeof(T))) return T();
  return atomicCAS(reinterpret_cast<T*>(pointer.address), expected, value);
}

// ---------------------------------------------------------------- macros of instrument.py

#define EMULATOR_AT(line) emulator::at(line)
// Passes the values of the arguments to a template, not the references that hold them.
#define EMULATOR_HELPER(name) \
  [&](const auto&... arguments) { return name(emulator::value_of(arguments)...); }
#define EMULATOR_NAMED(type, name, ...) emulator::Named<type> name{__VA_ARGS__}
#define EMULATOR_LOCAL(type, name, count) emulator::Local<type, count> name(#name)
#define EMULATOR_SHARED(type, name, count)                                                  \
  __shared__ __align__(64) type name##_memory[count];                                       \
  static emulator::Memory name##_shadow{reinterpret_cast<char*>(name##_memory),             \
                                        sizeof name##_memory,                               \
                                        #name,                                              \
                                        emulator::Space::SHARED,                            \
                                        sizeof(type),                                       \
                                        nullptr,                                            \
                                        nullptr};                                           \
  static uint32_t name##_block;                                                             \
  emulator::enter_shared(name##_shadow, name##_block);                                      \
  const emulator::Pointer<type> name(&name##_shadow, name##_shadow.base)
#define EMULATOR_DYNAMIC(type, name, granule)                                               \
  static emulator::Memory name##_shadow{emulator::dynamic_shared,                           \
                                        0,                                                  \
                                        #name,                                              \
                                        emulator::Space::SHARED,                            \
                                        granule,                                            \
                                        nullptr,                                            \
                                        nullptr};                                           \
  static uint32_t name##_block;                                                             \
  name##_shadow.bytes = emulator::MOST_DYNAMIC_BYTES; /* room for the launch that has most */ \
  emulator::enter_shared(name##_shadow, name##_block);                                      \
  name##_shadow.bytes = emulator::dynamic_bytes;                                            \
  const emulator::Pointer<type> name(&name##_shadow, name##_shadow.base)
