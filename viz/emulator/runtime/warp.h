// Barriers, shuffles and votes, as macros that pass their line in the emitted text.
#pragma once
#include <cstring>

#include "scheduler.h"

namespace emulator {

// Checked mode passes the origins of uninitialised values; see shadow.h.
uint32_t take_origin();
void add_origin(uint32_t origin);
uint32_t absent_lane(unsigned lane);
uint32_t unfilled_fragment();
// Returns the line of the running statement; a helper that it calls has other lines.
int current_line();

inline unsigned lane() { return current->number % WARP; }

inline void meet(Operation operation, int line, const char* what, unsigned mask, uint64_t posted,
                 unsigned source, uint32_t origin = 0) {
  Thread* thread = current;
  thread->posted = posted;
  thread->posted_origin = origin;
  thread->source = source;
  wait_for_warp(operation, line, what, mask);
}

// ---------------------------------------------------------------- barriers

inline uint32_t barrier(int line, const char* what, bool predicate = false) {
  Thread* thread = current;
  wait_for_block(line, what, predicate);
  return thread->count;
}

// Callable with or without a mask.
struct WarpBarrier {
  int line;

  void operator()(unsigned mask = ~0u) const {
    meet(Operation::SYNC, line, "__syncwarp", mask, 0, lane());
  }
};

inline unsigned active_mask(int line) {
  Thread* thread = current;
  wait_at_place(2 * line);
  return thread->peers;
}

// ---------------------------------------------------------------- lockstep

// Called before a statement that touches volatile shared memory, and between its read and its write:
// see viz/emulator/lockstep.py.
inline void keep_step(int line) { wait_at_place(2 * line); }
inline void keep_step_within(int line) { wait_at_place(2 * line + 1); }

// checked.h has overloads for the types of checked mode.
template <class T>
inline T value_of(T value) {
  return value;
}

// ---------------------------------------------------------------- shuffles

// A value that a lane sends, and its origin if it is uninitialised.
template <class T>
struct Sent {
  T value;
  uint32_t origin;
};

// checked.h has overloads for the types of checked mode.
template <class T>
inline Sent<T> sent(T value) {
  return {value, 0};
}

// Returns the value of lane `source`; a lane that requests one beyond its group keeps its own.
template <class T>
inline T exchange(int line, const char* what, unsigned mask, const Sent<T>& operand,
                  unsigned source) {
  static_assert(sizeof(T) <= sizeof(uint64_t), "a shuffle moves at most eight bytes");
  uint64_t posted = 0;
  std::memcpy(&posted, &operand.value, sizeof operand.value);
  Thread* thread = current;
  meet(Operation::SHUFFLE, line, what, mask, posted, source, operand.origin);
  if (thread->received_origin) add_origin(thread->received_origin);
  if (!(thread->peers >> source & 1)) add_origin(absent_lane(source));
  T value;
  std::memcpy(&value, &thread->received, sizeof value);
  return value;
}

inline unsigned group_of(unsigned width) { return lane() & ~(width - 1); }

template <class T>
inline T shuffle(int line, unsigned mask, const Sent<T>& value, int source, int width = WARP) {
  const unsigned from = group_of(width) + (source & (width - 1));
  return exchange(line, "__shfl_sync", mask, value, from);
}

template <class T>
inline T shuffle_up(int line, unsigned mask, const Sent<T>& value, unsigned delta, int width = WARP) {
  const int from = static_cast<int>(lane()) - static_cast<int>(delta);
  const bool inside = from >= static_cast<int>(group_of(width));
  return exchange(line, "__shfl_up_sync", mask, value, inside ? from : lane());
}

template <class T>
inline T shuffle_down(int line, unsigned mask, const Sent<T>& value, unsigned delta, int width = WARP) {
  const unsigned from = lane() + delta;
  const bool inside = from < group_of(width) + width;
  return exchange(line, "__shfl_down_sync", mask, value, inside ? from : lane());
}

template <class T>
inline T shuffle_xor(int line, unsigned mask, const Sent<T>& value, unsigned other, int width = WARP) {
  const unsigned from = lane() ^ other;
  const bool inside = from < group_of(width) + width;
  return exchange(line, "__shfl_xor_sync", mask, value, inside ? from : lane());
}

// Each lane combines the values of all lanes that met.
template <class T, class Combine>
inline T reduce(int line, const char* what, unsigned mask, T value, Combine combine) {
  T result = value;
  bool first = true;
  for (unsigned from = 0; from < WARP; ++from) {
    if (!(mask >> from & 1)) continue;
    const T other = exchange(line, what, mask, Sent<T>{value, 0}, from);
    if (!(current->peers >> from & 1)) continue;  // it has finished
    result = first ? other : combine(result, other);
    first = false;
  }
  return result;
}

// ---------------------------------------------------------------- votes

inline unsigned vote(int line, const char* what, unsigned mask, bool predicate) {
  Thread* thread = current;
  meet(Operation::VOTE, line, what, mask, predicate, lane());
  return static_cast<unsigned>(thread->received);
}

inline bool all_of(int line, unsigned mask, bool predicate) {
  Thread* thread = current;
  const unsigned held = vote(line, "__all_sync", mask, predicate);
  return held == thread->peers;
}

}  // namespace emulator

#ifdef EMULATOR_CHECKED
#define EMULATOR_LINE emulator::current_line()
#else
#define EMULATOR_LINE __LINE__
#endif
#define __syncthreads() emulator::barrier(EMULATOR_LINE, "__syncthreads")
#define __syncthreads_count(p) \
  static_cast<int>(emulator::barrier(EMULATOR_LINE, "__syncthreads_count", (p) != 0))
#define __syncthreads_or(p) \
  static_cast<int>(emulator::barrier(EMULATOR_LINE, "__syncthreads_or", (p) != 0) != 0)
#define __syncthreads_and(p) \
  static_cast<int>(emulator::barrier(EMULATOR_LINE, "__syncthreads_and", (p) == 0) == 0)
#define __syncwarp emulator::WarpBarrier{EMULATOR_LINE}
#define __activemask() emulator::active_mask(__LINE__)
#define EMULATOR_STEP emulator::keep_step(__LINE__)
#define EMULATOR_STORE(target, ...)                                 \
  {                                                                 \
    const auto emulator_value = emulator::value_of(__VA_ARGS__);    \
    emulator::keep_step_within(__LINE__);                           \
    target = emulator_value;                                        \
  }
#define __shfl_sync(mask, value, ...) \
  emulator::shuffle(EMULATOR_LINE, mask, emulator::sent(value), __VA_ARGS__)
#define __shfl_up_sync(mask, value, ...) \
  emulator::shuffle_up(EMULATOR_LINE, mask, emulator::sent(value), __VA_ARGS__)
#define __shfl_down_sync(mask, value, ...) \
  emulator::shuffle_down(EMULATOR_LINE, mask, emulator::sent(value), __VA_ARGS__)
#define __shfl_xor_sync(mask, value, ...) \
  emulator::shuffle_xor(EMULATOR_LINE, mask, emulator::sent(value), __VA_ARGS__)
#define __ballot_sync(mask, p) emulator::vote(EMULATOR_LINE, "__ballot_sync", mask, (p) != 0)
#define __any_sync(mask, p) (emulator::vote(EMULATOR_LINE, "__any_sync", mask, (p) != 0) != 0)
#define __all_sync(mask, p) emulator::all_of(EMULATOR_LINE, mask, (p) != 0)

#define EMULATOR_REDUCE(name, type, expression)                                               \
  static inline type emulator_##name(int line, unsigned mask, type value) {                   \
    return emulator::reduce(line, #name, mask, value, [](type a, type b) -> type {            \
      return expression;                                                                      \
    });                                                                                       \
  }
EMULATOR_REDUCE(__reduce_add_sync, unsigned, a + b)
EMULATOR_REDUCE(__reduce_min_sync, unsigned, a < b ? a : b)
EMULATOR_REDUCE(__reduce_max_sync, unsigned, a > b ? a : b)
EMULATOR_REDUCE(__reduce_and_sync, unsigned, a & b)
EMULATOR_REDUCE(__reduce_or_sync, unsigned, a | b)
EMULATOR_REDUCE(__reduce_xor_sync, unsigned, a ^ b)
EMULATOR_REDUCE(__reduce_add_sync, int, a + b)
EMULATOR_REDUCE(__reduce_min_sync, int, a < b ? a : b)
EMULATOR_REDUCE(__reduce_max_sync, int, a > b ? a : b)
#undef EMULATOR_REDUCE
#define __reduce_add_sync(mask, value) emulator___reduce_add_sync(EMULATOR_LINE, mask, value)
#define __reduce_min_sync(mask, value) emulator___reduce_min_sync(EMULATOR_LINE, mask, value)
#define __reduce_max_sync(mask, value) emulator___reduce_max_sync(EMULATOR_LINE, mask, value)
#define __reduce_and_sync(mask, value) emulator___reduce_and_sync(EMULATOR_LINE, mask, value)
#define __reduce_or_sync(mask, value) emulator___reduce_or_sync(EMULATOR_LINE, mask, value)
#define __reduce_xor_sync(mask, value) emulator___reduce_xor_sync(EMULATOR_LINE, mask, value)
