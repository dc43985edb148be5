// Replaces the program's operator new by one that counts. To be included by exactly one file of a program: the daemon's
// main, and tests that show what is not allocated.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>

// The replaced operators below belong together; at -O1 g++ 12 sees only one of a pair and warns.
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"

namespace xtcp2 {

// How often memory was asked for since the program started, by any thread.
inline std::atomic<uint64_t> allocations{0};

namespace counting_new {
inline void* Allocate(size_t size, size_t alignment = alignof(std::max_align_t)) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  void* memory = nullptr;
  if (alignment <= alignof(std::max_align_t))
    memory = std::malloc(size == 0 ? 1 : size);
  else if (posix_memalign(&memory, alignment, size == 0 ? 1 : size) != 0)
    memory = nullptr;
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}
}  // namespace counting_new

}  // namespace xtcp2

void* operator new(size_t size) { return xtcp2::counting_new::Allocate(size); }
void* operator new[](size_t size) { return xtcp2::counting_new::Allocate(size); }
void* operator new(size_t size, std::align_val_t alignment) {
  return xtcp2::counting_new::Allocate(size, static_cast<size_t>(alignment));
}
void* operator new[](size_t size, std::align_val_t alignment) {
  return xtcp2::counting_new::Allocate(size, static_cast<size_t>(alignment));
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, size_t, std::align_val_t) noexcept { std::free(memory); }
void operator delete[](void* memory, size_t, std::align_val_t) noexcept { std::free(memory); }
