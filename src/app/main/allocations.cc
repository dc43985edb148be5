#include "allocations.h"

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)

#include "base/counting_new.h"
#include "base/metrics.h"

namespace xtcp2 {

void RegisterAllocationCounter() {
  Counter& total = Metrics::Global().AddCounter("xtcp2_allocations_total", "Times that memory was asked for.");
  Metrics::Global().OnScrape([&total] { total.Add(allocations.load(std::memory_order_relaxed) - total.Value()); });
}

}  // namespace xtcp2

#else

namespace xtcp2 {
void RegisterAllocationCounter() {}
}  // namespace xtcp2

#endif
