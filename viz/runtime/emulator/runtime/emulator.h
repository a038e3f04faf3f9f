// Everything that an emitted CUDA text needs to be C++; included above it.
#pragma once
// The standard headers stand first: they know nothing of the macros below.
#include <math.h>

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
