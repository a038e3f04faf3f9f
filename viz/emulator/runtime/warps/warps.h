// Includes all that a kernel needs of which one call runs a warp.
#pragma once
#ifdef EMULATOR_CHECKED
#include "checked.h"
#endif
#include "cooperation.h"
#include "lanes.h"
#include "memory.h"
