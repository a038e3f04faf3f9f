/* All of it is in c_runtime_api.h. */
#include "c_runtime_api.h"
