// Includes <math.h> with C++'s overloads and without the special functions of C++17 (Bessel and
// the like): no kernel uses them, and reading them takes longer than compiling a small kernel.
#pragma once
#include <cstddef>  // defines the configuration of GCC's library

#ifdef _GLIBCXX_USE_STD_SPEC_FUNCS
#undef _GLIBCXX_USE_STD_SPEC_FUNCS
#define _GLIBCXX_USE_STD_SPEC_FUNCS 0
#endif
#include <math.h>
