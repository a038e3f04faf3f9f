// Call a kernel with arguments addresses by their addresses.
#pragma once
#include <cstddef>
#include <tuple>
#include <utility>

#include "scheduler.h"
#include "shared.h"

namespace emulator {

#ifdef EMULATOR_CHECKED
constexpr bool CHECKED = true;
#else
constexpr bool CHECKED = false;
#endif

// Reads an argument from the address of its value.
template <class T>
struct Argument {
  static T from(void* address, const char*) { return *static_cast<T*>(address); }
};

#ifdef EMULATOR_CHECKED
template <class T>
struct Argument<Pointer<T>> {
  static Pointer<T> from(void* address, const char* name) {
    char* pointer = *static_cast<char**>(address);
    return {memory_of(pointer, name, sizeof(T)), pointer};
  }
};
#endif

// The arguments are read once per launch; each thread gets copies.
template <auto kernel>
struct Kernel;

template <class... Parameters, void (*kernel)(Parameters...)>
struct Kernel<kernel> {
  static int launch(void** addresses, const char* const* names, const Launch& launch) {
    return launch_indexed(addresses, names, launch, std::index_sequence_for<Parameters...>());
  }

 private:
  using Arguments = std::tuple<Parameters...>;

  static void call(void** arguments) {
    std::apply(kernel, *static_cast<Arguments*>(static_cast<void*>(arguments)));
  }

  template <std::size_t... I>
  static int launch_indexed(void** addresses, const char* const* names, const Launch& launch,
                            std::index_sequence<I...>) {
    begin_launch(CHECKED);
    Arguments arguments(Argument<Parameters>::from(addresses[I], names[I])...);
    return run(call, static_cast<void**>(static_cast<void*>(&arguments)), launch);
  }
};

}  // namespace emulator

// `names` are the parameters' names. The launch function returns an Ending.
#define EMULATOR_KERNEL(name) EMULATOR_LAUNCHED(name, name)
// A kernel of which one call runs a warp.
#define EMULATOR_WARP_KERNEL(name) EMULATOR_LAUNCHED(name, warp_##name)
#define EMULATOR_LAUNCHED(name, function)                                                      \
  extern "C" __attribute__((visibility("default"))) int emulator_launch_##name(                \
      void** arguments, const char* const* names, const emulator::Launch* launch) {            \
    return emulator::Kernel<&function>::launch(arguments, names, *launch);                    \
  }
