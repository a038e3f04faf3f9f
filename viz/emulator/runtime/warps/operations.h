// The operators of C++ as function objects, for the elements of two values.
#pragma once

namespace emulator {
namespace warps {
namespace operations {

#define EMULATOR_OPERATOR(name, expression)        \
  struct name {                                    \
    template <class A, class B>                    \
    auto operator()(const A& a, const B& b) const { \
      return expression;                           \
    }                                              \
  };
EMULATOR_OPERATOR(add, a + b)
EMULATOR_OPERATOR(subtract, a - b)
EMULATOR_OPERATOR(multiply, a * b)
EMULATOR_OPERATOR(divide, a / b)
EMULATOR_OPERATOR(remainder, a % b)
EMULATOR_OPERATOR(shift_left, a << b)
EMULATOR_OPERATOR(shift_right, a >> b)
EMULATOR_OPERATOR(and_, a & b)
EMULATOR_OPERATOR(or_, a | b)
EMULATOR_OPERATOR(xor_, a ^ b)
EMULATOR_OPERATOR(less, a < b)
EMULATOR_OPERATOR(less_equal, a <= b)
EMULATOR_OPERATOR(greater, a > b)
EMULATOR_OPERATOR(greater_equal, a >= b)
EMULATOR_OPERATOR(equal, a == b)
EMULATOR_OPERATOR(not_equal, a != b)
#undef EMULATOR_OPERATOR

#define EMULATOR_OPERATOR(name, expression) \
  struct name {                             \
    template <class A>                      \
    auto operator()(const A& a) const {     \
      return expression;                    \
    }                                       \
  };
EMULATOR_OPERATOR(plus, +a)
EMULATOR_OPERATOR(negate, -a)
EMULATOR_OPERATOR(invert, ~a)
EMULATOR_OPERATOR(not_, !a)
#undef EMULATOR_OPERATOR

}  // namespace operations

template <class T>
struct CastTo {
  template <class A>
  T operator()(const A& a) const {
    return (T)a;
  }
};

struct IsTrue {
  template <class A>
  bool operator()(const A& a) const {
    return a ? true : false;
  }
};

}  // namespace warps
}  // namespace emulator
