// Barriers, shuffles and votes. Each is a macro so that it knows its line in the emitted text.
#pragma once
#include <cstring>

#include "scheduler.h"

namespace emulator {

// Checked mode carries along why a value is not initialised; see shadow.h.
uint32_t take_origin();
void add_origin(uint32_t origin);
uint32_t absent_lane(unsigned lane);
uint32_t unfilled_fragment();

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

inline void sync_warp(int line, unsigned mask = ~0u) {
  meet(Operation::SYNC, line, "__syncwarp", mask, 0, lane());
}

inline unsigned active_mask(int line) {
  Thread* thread = current;
  wait_for_active(line);
  return thread->peers;
}

// ---------------------------------------------------------------- shuffles

// What a lane sends: a value, and why it is not initialised.
template <class T>
struct Sent {
  T value;
  uint32_t origin;
};

// What holds a value in checked mode has an overload of its own, in checked.h.
template <class T>
inline Sent<T> sent(T value) {
  return {value, 0};
}

// `source` is the lane whose value is wanted; a lane that asks beyond its group keeps its own.
template <class T>
inline T exchange(int line, const char* what, unsigned mask, const Sent<T>& given,
                  unsigned source) {
  static_assert(sizeof(T) <= sizeof(uint64_t), "a shuffle moves at most eight bytes");
  uint64_t posted = 0;
  std::memcpy(&posted, &given.value, sizeof given.value);
  Thread* thread = current;
  meet(Operation::SHUFFLE, line, what, mask, posted, source, given.origin);
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

#define __syncthreads() emulator::barrier(__LINE__, "__syncthreads")
#define __syncthreads_count(p) \
  static_cast<int>(emulator::barrier(__LINE__, "__syncthreads_count", (p) != 0))
#define __syncthreads_or(p) \
  static_cast<int>(emulator::barrier(__LINE__, "__syncthreads_or", (p) != 0) != 0)
#define __syncthreads_and(p) \
  static_cast<int>(emulator::barrier(__LINE__, "__syncthreads_and", (p) == 0) == 0)
#define __syncwarp(...) emulator::sync_warp(__LINE__, ##__VA_ARGS__)
#define __activemask() emulator::active_mask(__LINE__)
#define __shfl_sync(mask, value, ...) \
  emulator::shuffle(__LINE__, mask, emulator::sent(value), __VA_ARGS__)
#define __shfl_up_sync(mask, value, ...) \
  emulator::shuffle_up(__LINE__, mask, emulator::sent(value), __VA_ARGS__)
#define __shfl_down_sync(mask, value, ...) \
  emulator::shuffle_down(__LINE__, mask, emulator::sent(value), __VA_ARGS__)
#define __shfl_xor_sync(mask, value, ...) \
  emulator::shuffle_xor(__LINE__, mask, emulator::sent(value), __VA_ARGS__)
#define __ballot_sync(mask, p) emulator::vote(__LINE__, "__ballot_sync", mask, (p) != 0)
#define __any_sync(mask, p) (emulator::vote(__LINE__, "__any_sync", mask, (p) != 0) != 0)
#define __all_sync(mask, p) emulator::all_of(__LINE__, mask, (p) != 0)
