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

// Suspends the warp until the lanes of all warps have arrived; returns the threads whose predicate
// held.
uint32_t wait_for_block(int line, const char* what, Mask mask, Mask held);

// The lanes of a mask arrive at a warp operation, each with the mask that it passes: `groups` gets
// the lanes that each of them meets. If some wait for others in vain, this never returns.
void meet(Operation operation, int line, const char* what, Mask mask, const Lanes<Mask>& wanted,
          Lanes<Mask>& groups);

// The lanes of a mask are at one place of the text.
void in_step(Mask mask);

// Lanes have returned from the kernel.
void leave(Mask mask);

// ---------------------------------------------------------------- barriers

template <class C>
inline int barrier(int line, const char* what, Mask mask, const C& predicate) {
  return static_cast<int>(wait_for_block(line, what, mask, mask_of(mask, predicate)));
}

template <class M>
inline void sync(int line, const char* what, Mask mask, const M& wanted) {
  Lanes<Mask> groups;
  meet(Operation::SYNC, line, what, mask, spread<Mask>(wanted), groups);
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
// Evaluates the operand of a shuffle; checked mode keeps its origins apart.
template <class F>
inline auto sent(Mask, const F& operand) {
  return operand();
}
template <class V>
inline const V& sent_value(const V& operand) {
  return operand;
}
template <class V>
inline void receive(Mask, const V&, const Lanes<unsigned>&, const Lanes<Mask>&) {}
#endif

// Each lane receives the value of another one; beyond its group, its own.
template <class V>
inline auto exchange(int line, const char* what, Mask mask, const Lanes<Mask>& wanted,
                     const V& operand, const Lanes<unsigned>& source) {
  Lanes<Mask> groups;
  meet(Operation::SHUFFLE, line, what, mask, wanted, groups);
  receive(mask, operand, source, groups);
  const auto& value = sent_value(operand);
  Lanes<Element<decltype(value)>> result;
  static_assert(sizeof(Element<decltype(value)>) <= sizeof(uint64_t),
                "a shuffle moves at most eight bytes");
  for (unsigned lane = 0; lane < WARP; ++lane) {
    const unsigned from = source.at[lane];
    result.put(lane, value_at(value, from < WARP && has(groups.at[lane], from) ? from : lane));
  }
  return result;
}

template <class Source, class M, class V, class S, class W = int>
inline auto shuffle(int line, const char* what, Mask mask, const M& wanted, const V& operand,
                    const S& source, const W& width = WARP) {
  Lanes<unsigned> from;
  for (unsigned lane = 0; lane < WARP; ++lane)
    from.at[lane] = Source()(lane, value_at(source, lane), value_at(width, lane));
  return exchange(line, what, mask, spread<Mask>(wanted), operand, from);
}

// ---------------------------------------------------------------- votes and reductions

template <class M, class C>
inline Lanes<unsigned> ballot(int line, const char* what, Mask mask, const M& wanted,
                              const C& predicate, Lanes<Mask>& groups) {
  meet(Operation::VOTE, line, what, mask, spread<Mask>(wanted), groups);
  const Mask held = mask_of(mask, predicate);
  return each([held](Mask group) { return held & group; }, groups);
}
template <class M, class C>
inline Lanes<unsigned> ballot(int line, const char* what, Mask mask, const M& wanted,
                              const C& predicate) {
  Lanes<Mask> groups;
  return ballot(line, what, mask, wanted, predicate, groups);
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
  Lanes<Mask> groups;
  const Lanes<unsigned> held = ballot(line, what, mask, wanted, predicate, groups);
  return each([](unsigned those, Mask group) { return those == group; }, held, groups);
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
  Lanes<Mask> groups;
  meet(Operation::SHUFFLE, line, what, mask, spread<Mask>(wanted), groups);
  using T = std::conditional_t<std::is_signed_v<Element<V>>, int, unsigned>;
  Lanes<T> result{};
  for (unsigned lane = 0; lane < WARP; ++lane) {
    if (!has(mask, lane)) continue;
    bool first = true;
    for (unsigned from = 0; from < WARP; ++from) {
      if (!has(groups.at[lane], from)) continue;
      const T other = static_cast<T>(value_at(operand, from));
      result.at[lane] = first ? other : static_cast<T>(Combine()(result.at[lane], other));
      first = false;
    }
  }
  return result;
}

}  // namespace warps
}  // namespace emulator
