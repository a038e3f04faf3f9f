// Signed arithmetic of warps in checked mode: lanes in which it overflows are reported.
#pragma once
#include "requests.h"

namespace emulator {
namespace warps {

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
      if (!Operation::wrapped(a, b, result)) in_order(mask, report);
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

// Each computes the wrapped results, and whether none can have overflowed.
struct Add : operations::add {
  template <class R>
  static bool overflows(R a, R b, R* result) {
    return __builtin_add_overflow(a, b, result);
  }
  template <class A, class B, class R>
  static bool wrapped(const A& a, const B& b, Lanes<R>& result) {
    R any = 0;  // its sign
    for (unsigned lane = 0; lane < WARP; ++lane) {
      const R x = value_at(a, lane), y = value_at(b, lane);
      const R sum = static_cast<R>(static_cast<Unsigned<R>>(x) + static_cast<Unsigned<R>>(y));
      any |= (x ^ sum) & (y ^ sum);
      result.at[lane] = sum;
    }
    return any >= 0;
  }
};
struct Subtract : operations::subtract {
  template <class R>
  static bool overflows(R a, R b, R* result) {
    return __builtin_sub_overflow(a, b, result);
  }
  template <class A, class B, class R>
  static bool wrapped(const A& a, const B& b, Lanes<R>& result) {
    R any = 0;
    for (unsigned lane = 0; lane < WARP; ++lane) {
      const R x = value_at(a, lane), y = value_at(b, lane);
      const R rest = static_cast<R>(static_cast<Unsigned<R>>(x) - static_cast<Unsigned<R>>(y));
      any |= (x ^ y) & (x ^ rest);
      result.at[lane] = rest;
    }
    return any >= 0;
  }
};
struct Multiply : operations::multiply {
  template <class R>
  static bool overflows(R a, R b, R* result) {
    return __builtin_mul_overflow(a, b, result);
  }
  template <class A, class B, class R>
  static bool wrapped(const A& a, const B& b, Lanes<R>& result) {
    Unsigned<R> all_a = 0, all_b = 0;  // as many bits as the greatest factors have
    for (unsigned lane = 0; lane < WARP; ++lane) {
      const R x = value_at(a, lane), y = value_at(b, lane);
      all_a |= static_cast<Unsigned<R>>(x ^ (x >> (8 * sizeof(R) - 1)));
      all_b |= static_cast<Unsigned<R>>(y ^ (y >> (8 * sizeof(R) - 1)));
      result.at[lane] = static_cast<R>(static_cast<Unsigned<R>>(x) * static_cast<Unsigned<R>>(y));
    }
    // Both at most these in magnitude, plus one for negative ones.
    Unsigned<R> product;
    return !__builtin_mul_overflow(all_a + 1, all_b + 1, &product) &&
           product <= static_cast<Unsigned<R>>(-1) / 2;
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

}  // namespace warps
}  // namespace emulator
