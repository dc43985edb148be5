// What the header blocks of a pcapng section say: the section's own facts, and those of each interface. For pcap_ng.cc
// only. Texts are cut at kMaxOptionText, options that do not fit their block end the list.
#pragma once

#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "collect/capture_reader.h"

namespace xtcp2::collect {

// How an interface counts time: ticks of 10^-exponent or 2^-exponent seconds, and seconds to add.
struct TimeScale {
  uint8_t exponent = 6;
  bool binary = false;
  int64_t offset_seconds = 0;

  void SetResolution(uint8_t value) { exponent = value & 0x7f, binary = (value & 0x80) != 0; }
  // Since 1970 in ns, never negative: what does not fit becomes the largest or 0.
  int64_t ToNs(uint64_t ticks) const;
};

struct SectionFacts {
  std::string kernel_release;  // empty: not known
  uint64_t boot_id = 0;        // 0: not known
};

// From the options of a section header block; `swap`: the section is in the other byte order.
SectionFacts ReadSectionOptions(Bytes options, bool swap);

struct PcapngInterface {
  CaptureInterface facts;
  uint16_t link_type = 0;
  TimeScale time;
};

// Fills `interface` from the body of an interface description block; `facts.id` is the caller's. False when the body is
// too short.
bool ReadInterface(Bytes body, bool swap, const SectionFacts& section, PcapngInterface& interface);

}  // namespace xtcp2::collect
