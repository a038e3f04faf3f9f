// Checked mode: pointers and arrays that ask shadow.h about every access.
//
// viz/runtime/emulator/instrument.py writes these types where the emitted text has plain pointers
// and arrays. Values stay plain, so that arithmetic costs what it did.
#pragma once
#include <cstring>
#include <type_traits>

#include "shadow.h"

namespace emulator {

template <class T>
struct Pointer;

// Whether a value is what poisoned memory reads as, also after float arithmetic: it keeps the bits.
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
  Memory* memory;  // null for a variable of the thread's own, which needs no check
  char* address;
  bool in_step = false;  // whether the lanes of a warp keep step here

  // Not inlined, nor is storing: a kernel has thousands, and compiling them would take seconds.
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
    if (!memory || on_write(*memory, address, sizeof(T), in_step))
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
  // To bytes, which stand for what has no type, every pointer turns by itself.
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
  // ->x of a variable that is looked at as a vector; lanes of memory are never named so.
  T* operator->() const {
    if (memory) on_read(*memory, address, sizeof(T));
    return reinterpret_cast<T*>(address);
  }
};

// One that the text calls volatile.
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

// A pointer to the same place as another, of another type.
template <class T, class U>
Pointer<T> pointer(const U& other) {
  return Pointer<T>(other);
}

// An array in the thread's own memory: poisoned, bounded, each element with its origin.
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

// A variable of the thread's own that may take on what is not initialised.
template <class T>
struct Named {
  T value;
  Origin origin = 0;

  Named() = default;
  template <class U>
  explicit Named(const U& given) : value(static_cast<T>(given)), origin(take_origin()) {}
  T read() const {
    add_origin(origin);
    return value;
  }
  operator T() const { return read(); }
  template <class U, class = std::enable_if_t<!std::is_same_v<T, U>>>
  explicit operator U() const {
    return static_cast<U>(read());
  }
  Named& operator=(T given) {
    value = given;
    origin = take_origin();
    return *this;
  }
  Named& operator=(const Named& other) { return *this = other.read(); }
  Pointer<T> operator&() {
    add_origin(origin);
    return Pointer<T>(__builtin_addressof(value));
  }
};

// The condition of an if: where it is not initialised, nor is what is stored under it.
struct Branch {
  bool taken;
  Origin before;

  explicit Branch(bool condition) : taken(condition), before(decide(take_origin())) {}
  ~Branch() { decide(before); }
  Branch(const Branch&) = delete;
};

// What a shuffle sends is read by itself: the lane gets another value for it.
template <class Holder>
inline auto sent_by(const Holder& held) {
  const Origin before = replace_origin(0);
  const auto value = held.read();
  return Sent<std::decay_t<decltype(value)>>{value, replace_origin(before)};
}
template <class T>
inline Sent<T> sent(const Reference<T>& held) {
  return sent_by(held);
}
template <class T>
inline Sent<T> sent(const Named<T>& held) {
  return sent_by(held);
}

// What a statement computes before it is stored in step.
template <class T>
inline T value_of(const Reference<T>& held) {
  return held.read();
}
template <class T>
inline T value_of(const Named<T>& held) {
  return held.read();
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

// ---------------------------------------------------------------- what instrument.py writes

#define EMULATOR_AT(line) emulator::at(line)
// A template gets the values of what it is called with, not what holds them.
#define EMULATOR_HELPER(name) \
  [&](const auto&... given) { return name(emulator::value_of(given)...); }
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
