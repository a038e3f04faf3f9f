// Atomic operations: there is one operating system thread, so plain ones are atomic.
#pragma once

namespace emulator {

template <class T>
struct Same {  // excludes an argument from the deduction of T
  using Type = T;
};

}  // namespace emulator

#define EMULATOR_ATOMIC(name, expression)                                  \
  template <class T>                                                       \
  inline T name(volatile T* address, typename emulator::Same<T>::Type value) { \
    const T old = *address;                                                \
    *address = expression;                                                 \
    return old;                                                            \
  }
EMULATOR_ATOMIC(atomicAdd, old + value)
EMULATOR_ATOMIC(atomicSub, old - value)
EMULATOR_ATOMIC(atomicMax, old > value ? old : value)
EMULATOR_ATOMIC(atomicMin, old < value ? old : value)
EMULATOR_ATOMIC(atomicExch, value)
EMULATOR_ATOMIC(atomicAnd, old & value)
EMULATOR_ATOMIC(atomicOr, old | value)
EMULATOR_ATOMIC(atomicXor, old ^ value)
#undef EMULATOR_ATOMIC

template <class T>
inline T atomicCAS(volatile T* address, typename emulator::Same<T>::Type expected,
                   typename emulator::Same<T>::Type value) {
  const T old = *address;
  if (old == expected) *address = value;
  return old;
}
