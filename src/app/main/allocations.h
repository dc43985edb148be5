// How often the program asked for memory: the program's operator new counts. The fast path asks for none once warm
// (xtcp2_allocations_total, and `xtcp2 bench`, show it); for the executable only, tests have counters of their own.
#pragma once

namespace xtcp2 {

// Makes the counter xtcp2_allocations_total. Once, before threads. Nothing under a sanitizer, which has an operator new
// of its own.
void RegisterAllocationCounter();

}  // namespace xtcp2
