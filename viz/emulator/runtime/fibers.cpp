#include "fibers.h"

#include <cstdint>
#include <cstring>
#include <sys/mman.h>

#if defined(__x86_64__)
asm(R"(
  .text
  .globl emulator_switch
  .hidden emulator_switch
  .type emulator_switch, @function
emulator_switch:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  popq %rcx
  jmpq *%rcx  # not ret, which the processor's return predictor would mispredict
  .size emulator_switch, .-emulator_switch
)");
constexpr int SAVED_WORDS = 6;
#elif defined(__aarch64__)
// Tested in an instruction emulator only, not on hardware.
asm(R"(
  .text
  .globl emulator_switch
  .hidden emulator_switch
  .type emulator_switch, %function
emulator_switch:
  sub sp, sp, #160
  stp x19, x20, [sp]
  stp x21, x22, [sp, #16]
  stp x23, x24, [sp, #32]
  stp x25, x26, [sp, #48]
  stp x27, x28, [sp, #64]
  stp x29, x30, [sp, #80]
  stp d8, d9, [sp, #96]
  stp d10, d11, [sp, #112]
  stp d12, d13, [sp, #128]
  stp d14, d15, [sp, #144]
  mov x9, sp
  str x9, [x0]
  mov sp, x1
  ldp x19, x20, [sp]
  ldp x21, x22, [sp, #16]
  ldp x23, x24, [sp, #32]
  ldp x25, x26, [sp, #48]
  ldp x27, x28, [sp, #64]
  ldp x29, x30, [sp, #80]
  ldp d8, d9, [sp, #96]
  ldp d10, d11, [sp, #112]
  ldp d12, d13, [sp, #128]
  ldp d14, d15, [sp, #144]
  add sp, sp, #160
  ret
  .size emulator_switch, .-emulator_switch
)");
constexpr int SAVED_WORDS = 20;
constexpr int RETURN_WORD = 11;  // x30
#else
#error "the emulator switches stacks on x86-64 and aarch64 only"
#endif

namespace emulator {

namespace {

constexpr std::size_t PAGE_BYTES = 64 << 10;  // the largest page size of Linux
constexpr std::size_t GUARD_BYTES = 4096;
constexpr std::size_t COLOURS = 509;
constexpr std::size_t COLOUR_BYTES = 192;

char* stacks;
std::size_t reserved;    // bytes of all stacks
std::size_t stack_bytes;  // of each, with its guard page and its colour offset

}  // namespace

bool reserve_stacks(unsigned count, std::size_t bytes) {
  bytes += GUARD_BYTES + COLOURS * COLOUR_BYTES;
  bytes = (bytes + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;
  if (bytes <= stack_bytes && count * stack_bytes <= reserved) return true;
  if (stacks) munmap(stacks, reserved);
  stacks = nullptr;
  stack_bytes = bytes;
  reserved = count * bytes;
  void* memory = mmap(nullptr, reserved, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) {
    reserved = stack_bytes = 0;
    return false;
  }
  stacks = static_cast<char*>(memory);
  for (unsigned number = 0; number < count; ++number)
    mprotect(stacks + number * bytes, GUARD_BYTES, PROT_NONE);
  return true;
}

void* fiber_at(unsigned number, void (*entry)()) {
  char* top = stacks + (number + 1) * stack_bytes - number * 7 % COLOURS * COLOUR_BYTES;
  void** pointer = reinterpret_cast<void**>(top);
#if defined(__x86_64__)
  *--pointer = nullptr;  // in place of a return address, for the alignment at the entry
  *--pointer = reinterpret_cast<void*>(entry);
  pointer -= SAVED_WORDS;
  std::memset(pointer, 0, SAVED_WORDS * sizeof(void*));
#else
  pointer -= SAVED_WORDS;
  std::memset(pointer, 0, SAVED_WORDS * sizeof(void*));
  pointer[RETURN_WORD] = reinterpret_cast<void*>(entry);
#endif
  return pointer;
}

}  // namespace emulator
