// What the lanes of a warp do together: barriers, shuffles, votes. A shuffle is a permutation.
#pragma once
#include "memory.h"

namespace emulator {
namespace warps {

struct Indices {
  Lanes<unsigned> x, y, z;
};

// Returns the threads of the running warp, and the lanes that it begins with.
const Indices& thread_indices();
Mask begin();

// A running warp: where its lanes are.
struct Warp {
  State state;  // RUNNING, FINISHED, or where `waiting` are
  Mask waiting, finished;
  Mask held;  // the waiting lanes whose predicate holds
  int line;
  const char* waits_for;
};
extern Warp running[MOST_THREADS / WARP];

// Suspends the warp until the lanes of all warps have arrived; returns the threads whose predicate
// held.
uint32_t wait_for_block(int line, const char* what, Mask mask, Mask held);

// The lanes of a mask arrive at a warp operation with the mask that they pass; return the lanes
// that each of them meets. If some wait for others in vain, this never returns.
Mask meet(Operation operation, int line, const char* what, Mask mask, Mask wanted);
Lanes<Mask> meet(Operation operation, int line, const char* what, Mask mask,
                 const Lanes<Mask>& wanted);

// The same before and after an operation on a tile, which takes all lanes of the warp.
void meet_for_tile(int line, const char* what, Mask mask);

// The lanes of a mask are at one place of the text.
void in_step(Mask mask);

// Lanes have returned from the kernel.
void leave(Mask mask);

// Returns the mask that lanes pass: one for all of them, or one for each.
template <class M>
inline auto as_mask(const M& wanted) {
  if constexpr (VARIES<M>)
    return spread<Mask>(wanted);
  else
    return static_cast<Mask>(wanted);
}

// ---------------------------------------------------------------- barriers

template <class C>
inline int barrier(int line, const char* what, Mask mask, const C& predicate) {
  return static_cast<int>(wait_for_block(line, what, mask, mask_of(mask, predicate)));
}

template <class M>
inline void sync(int line, const char* what, Mask mask, const M& wanted) {
  meet(Operation::SYNC, line, what, mask, as_mask(wanted));
}

inline unsigned active(Mask mask) {
  in_step(mask);
  return mask;
}

// ---------------------------------------------------------------- shuffles

struct Direct {
  unsigned operator()(unsigned lane, int source, unsigned width) const {
    return (lane & ~(width - 1)) + (static_cast<unsigned>(source) & (width - 1));
  }
};
struct Up {
  unsigned operator()(unsigned lane, unsigned delta, unsigned width) const {
    const int from = static_cast<int>(lane) - static_cast<int>(delta);
    return from >= static_cast<int>(lane & ~(width - 1)) ? static_cast<unsigned>(from) : lane;
  }
};
struct Down {
  unsigned operator()(unsigned lane, unsigned delta, unsigned width) const {
    return lane + delta < (lane & ~(width - 1)) + width ? lane + delta : lane;
  }
};
struct Xor {
  unsigned operator()(unsigned lane, unsigned other, unsigned width) const {
    return (lane ^ other) < (lane & ~(width - 1)) + width ? lane ^ other : lane;
  }
};

#ifndef EMULATOR_CHECKED
template <class V>
inline const V& sent_value(const V& operand) {
  return operand;
}
template <class V, class G>
inline void receive(Mask, const V&, const Lanes<unsigned>&, const G&) {}
#endif

// Each lane receives the value of another one; beyond its group, its own.
template <class Source, class M, class V, class S, class W = int>
inline auto shuffle(int line, const char* what, Mask mask, const M& wanted, const V& operand,
                    const S& source, const W& width = WARP) {
  const auto group = meet(Operation::SHUFFLE, line, what, mask, as_mask(wanted));
  Lanes<unsigned> from;
  for (unsigned lane = 0; lane < WARP; ++lane)
    from.at[lane] = Source()(lane, value_at(source, lane), value_at(width, lane));
  receive(mask, operand, from, group);
  const auto& value = sent_value(operand);
  using T = Element<decltype(value)>;
  static_assert(sizeof(T) <= sizeof(uint64_t), "a shuffle moves at most eight bytes");
  Lanes<T> result;
  if constexpr (!VARIES<decltype(value)>) {
    result = spread<T>(value);
  } else {
    for (unsigned lane = 0; lane < WARP; ++lane) {
      const unsigned other = from.at[lane] % WARP;
      const bool there = (other == from.at[lane]) & has(value_at(group, lane), other);
      from.at[lane] = there ? other : lane;
    }
    result = permuted(value, from);
  }
  return result;
}

// ---------------------------------------------------------------- votes and reductions

template <class M, class C>
inline auto ballot(int line, const char* what, Mask mask, const M& wanted, const C& predicate) {
  const Mask held = mask_of(mask, predicate);
  const auto group = meet(Operation::VOTE, line, what, mask, as_mask(wanted));
  return spread<unsigned>(each([held](Mask lanes) { return held & lanes; }, group));
}
template <class M, class C>
inline Lanes<bool> any(int line, const char* what, Mask mask, const M& wanted,
                       const C& predicate) {
  return each([](unsigned held) { return held != 0; },
              ballot(line, what, mask, wanted, predicate));
}
template <class M, class C>
inline Lanes<bool> all(int line, const char* what, Mask mask, const M& wanted,
                       const C& predicate) {
  const Mask held = mask_of(mask, predicate);
  const auto group = meet(Operation::VOTE, line, what, mask, as_mask(wanted));
  return spread<bool>(each([held](Mask lanes) { return (held & lanes) == lanes; }, group));
}

struct Smaller {
  template <class T>
  T operator()(T a, T b) const {
    return a < b ? a : b;
  }
};
struct Greater {
  template <class T>
  T operator()(T a, T b) const {
    return a > b ? a : b;
  }
};

// Each lane combines the values of all lanes that it meets, from the first one on.
template <class Combine, class M, class V>
inline auto reduce(int line, const char* what, Mask mask, const M& wanted, const V& operand) {
  const auto group = meet(Operation::SHUFFLE, line, what, mask, as_mask(wanted));
  using T = std::conditional_t<std::is_signed_v<Element<V>>, int, unsigned>;
  Lanes<T> result{};
  for (unsigned lane = 0; lane < WARP; ++lane) {
    if (!has(mask, lane)) continue;
    bool first = true;
    for (unsigned from = 0; from < WARP; ++from) {
      if (!has(value_at(group, lane), from)) continue;
      const T other = static_cast<T>(value_at(operand, from));
      result.at[lane] = first ? other : static_cast<T>(Combine()(result.at[lane], other));
      first = false;
    }
  }
  return result;
}

}  // namespace warps
}  // namespace emulator
