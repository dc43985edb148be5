// -filter texts: whatever they hold is a filter or an error that says why, a filter's own text is the same filter
// again, its bytecode is what the kernel takes, and the evaluator agrees with it on a few sockets.
#include <cstdlib>

#include "filter/filter.h"
#include "filter/filter_for_test.h"

namespace {
using namespace xtcp2::filter;

void Require(bool holds) {
  if (!holds) std::abort();
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const Names names = MadeNames();
  static const MadeSocket sockets[] = {{1, "10.1.2.3", 22, "10.0.0.1", 80},
                                       {10, "::", 443, "::", 0},
                                       {6, "::ffff:10.1.2.3", 80, "::ffff:10.0.0.1", 65535}};
  const auto filter = Filter::Parse({reinterpret_cast<const char*>(data), size}, names);
  if (!filter) {
    Require(!filter.error().Text().empty());
    return 0;
  }
  const auto again = Filter::Parse(filter->Text(), names);
  Require(again && *again == *filter && again->Text() == filter->Text());
  const Compiled compiled = filter->Compile();
  Require(compiled.bytecode.empty() || BytecodeReader(compiled.bytecode).Audit().empty());
  for (const MadeSocket& made : sockets) {
    const bool kernel =
        ((compiled.states >> made.message.state) & 1) && BytecodeReader(compiled.bytecode).Accepts(made);
    Require(kernel || !filter->Matches(made.socket));
    Require(!compiled.exact || kernel == filter->Matches(made.socket));
  }
  return 0;
}
