// Includes all headers that an emitted CUDA text needs to compile as C++.
#pragma once
// Standard headers first: the macros below would break them.
#include "standard_math.h"

#include <cstdint>
#include <cstring>
#include <tuple>
#include <type_traits>
#include <utility>

#include "language.h"
#include "vectors.h"
#include "mathematics.h"
#include "half.h"
#include "warp.h"
#include "atomics.h"
#ifdef EMULATOR_CHECKED
#include "checked.h"
#endif
#include "launch.h"
