// Operators of the classes for 16-bit floats: they compute in float32 and round the result.
#pragma once

#define EMULATOR_FLOAT16_ARITHMETIC(type, op)                   \
  inline type operator op(type x, type y) {                     \
    return static_cast<float>(x) op static_cast<float>(y);      \
  }

// Types of checked mode convert to the class, but not in a second step to float.
#define EMULATOR_FLOAT16_COMPARISON(type, op)                   \
  inline bool operator op(type x, type y) {                     \
    return static_cast<float>(x) op static_cast<float>(y);      \
  }

#define EMULATOR_FLOAT16_OPERATORS(type)                        \
  EMULATOR_FLOAT16_ARITHMETIC(type, +)                          \
  EMULATOR_FLOAT16_ARITHMETIC(type, -)                          \
  EMULATOR_FLOAT16_ARITHMETIC(type, *)                          \
  EMULATOR_FLOAT16_ARITHMETIC(type, /)                          \
  inline type operator-(type x) { return -static_cast<float>(x); } \
  EMULATOR_FLOAT16_COMPARISON(type, <)                          \
  EMULATOR_FLOAT16_COMPARISON(type, <=)                         \
  EMULATOR_FLOAT16_COMPARISON(type, >)                          \
  EMULATOR_FLOAT16_COMPARISON(type, >=)                         \
  EMULATOR_FLOAT16_COMPARISON(type, ==)                         \
  EMULATOR_FLOAT16_COMPARISON(type, !=)
