// Any bytes as a capture file: every datagram handed out is read with its slack, and the end is always reached.
#include <cstdint>
#include <cstdlib>

#include "collect/capture_reader.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace xtcp2;
  using namespace xtcp2::collect;
  auto reader = CaptureReader::FromBytes({data, size}, "netlink.2024-08-29T12:10:36.560332872-07:00");
  if (!reader) return 0;
  uint64_t datagrams = 0, sum = 0;
  while (const CapturedDatagram* datagram = (*reader)->Next()) {
    for (size_t i = 0; i < datagram->bytes.size() + kDatagramSlack; ++i) sum += datagram->bytes.data()[i];
    sum += datagram->interface->netns.size() + datagram->interface->kernel_release.size();
    if (datagram->bytes.size() > size) std::abort();  // more than the file holds
    if (++datagrams > size) std::abort();             // a packet takes at least a byte
  }
  if ((*reader)->Next() != nullptr) std::abort();  // the end stays the end
  const auto status = (*reader)->Status();
  if (!status && status.error().what.empty()) std::abort();
  return sum == 1;
}
