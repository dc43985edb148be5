// Any bytes as an inet_diag answer: no crash, nothing read outside the slack, and both walks agree.
#include <cstdlib>
#include <cstring>
#include <memory>

#include "decode/same_for_test.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace xtcp2;
  const std::unique_ptr<uint8_t[]> copy(new uint8_t[size + decode::kReadSlack]());
  if (size != 0) std::memcpy(copy.get(), data, size);
  static schema::Socket socket;
  decode::LocateCounters counters;
  const decode::LocateOptions options{~uint64_t{0},
                                      size % 2 ? decode::AccEcnLayout::k6_18 : decode::AccEcnLayout::k7_0};
  static decode::BothWalks both;
  if (!both.Difference({copy.get(), size}, options).empty()) std::abort();
  if (!decode::Locate({copy.get(), size}, options, socket, counters)) return 0;
  uint64_t sum = 0;
  for (const schema::Field& field : schema::kFields) {
    if (field.part == schema::Part::kContext) continue;
    sum += schema::ReadNumber(field, socket);
    for (const char c : schema::ReadText(field, socket)) sum += static_cast<unsigned char>(c);
  }
  volatile uint64_t sink = sum;
  (void)sink;
  return 0;
}
