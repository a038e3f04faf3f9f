/* The calling convention of host functions that the C codegen of the TVM of 2024 writes, as far as
 * their text uses it: a function is called with its arguments, their type codes and their number.
 * Its wheel has no headers, so these are written anew; the library brings what it calls with it. */
#ifndef TIRSCOPE_C_RUNTIME_API_H_
#define TIRSCOPE_C_RUNTIME_API_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#define TVM_DLL __attribute__((visibility("default")))

typedef struct {
  int32_t device_type;
  int32_t device_id;
} DLDevice;

typedef struct {
  uint8_t code;
  uint8_t bits;
  uint16_t lanes;
} DLDataType;

typedef struct {
  void* data;
  DLDevice device;
  int32_t ndim;
  DLDataType dtype;
  int64_t* shape;
  int64_t* strides;
  uint64_t byte_offset;
} DLTensor;

typedef union {
  int64_t v_int64;
  double v_float64;
  void* v_handle;
  const char* v_str;
  DLDataType v_type;
  DLDevice v_device;
} TVMValue;

typedef void* TVMFunctionHandle;

/* What the host calls: kernels by their names, and memory. The caller of the library sets these. */
typedef int (*tirscope_launch_t)(const char* name, TVMValue* arguments, int* codes, int count);
typedef void (*tirscope_memory_t)(void* address, uint64_t bytes);

TVM_DLL tirscope_launch_t tirscope_launch = NULL;
TVM_DLL tirscope_memory_t tirscope_memory = NULL;
TVM_DLL const char* tirscope_error = NULL;

static void* __tvm_module_ctx = NULL;

static void TVMAPISetLastError(const char* message) { tirscope_error = message; }

static int TVMBackendGetFuncFromEnv(void* module, const char* name, TVMFunctionHandle* function) {
  (void)module;
  *function = (TVMFunctionHandle)name; /* functions of the environment are known by their names */
  return 0;
}

static int TVMFuncCall(TVMFunctionHandle function, TVMValue* arguments, int* codes, int count,
                       TVMValue* result, int* result_code) {
  (void)result;
  (void)result_code;
  return tirscope_launch ? tirscope_launch((const char*)function, arguments, codes, count) : -1;
}

static void* TVMBackendAllocWorkspace(int device, int id, uint64_t bytes, int code, int bits) {
  (void)device, (void)id, (void)code, (void)bits;
  void* memory = NULL;
  if (posix_memalign(&memory, 64, bytes ? bytes : 1)) return NULL;
  if (tirscope_memory) tirscope_memory(memory, bytes);
  return memory;
}

static int TVMBackendFreeWorkspace(int device, int id, void* memory) {
  (void)device, (void)id;
  free(memory);
  return 0;
}

#endif
