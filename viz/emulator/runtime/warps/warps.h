// Includes all that a kernel needs of which one call runs a warp.
#pragma once
#include "lanes.h"
#include "memory.h"
#ifdef EMULATOR_CHECKED
#include "checked.h"
#endif
#include "cooperation.h"
