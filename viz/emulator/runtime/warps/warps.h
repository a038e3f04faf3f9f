// Includes all that a kernel needs of which one call runs a warp.
#pragma once
#include "lanes.h"
#include "memory.h"
#ifdef EMULATOR_CHECKED
#include "checked.h"
#include "checked_arithmetic.h"
#include "checked_variables.h"
#endif
#include "cooperation.h"
#ifdef EMULATOR_MMA  // mma.h
#include "fragments.h"
#endif
