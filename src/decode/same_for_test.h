// Whether the two walks make the same of an answer: every field of the table, and everything that is counted. For the
// test and the fuzzer of this folder.
#pragma once

#include <cstring>
#include <memory>
#include <string>

#include "decode/locate.h"
#include "schema/read.h"

namespace xtcp2::decode {

class BothWalks {
 public:
  // Empty, or what differs.
  std::string Difference(Bytes payload, const LocateOptions& options) {
    LocateCounters expected_counters, any_counters;
    const bool is_row = Locate(payload, options, expected_, expected_counters);
    if (LocateInAnyOrder(payload, options, any_, any_counters) != is_row) return "whether it is a row";
    if (std::memcmp(&expected_counters, &any_counters, sizeof any_counters) != 0) return "what was counted";
    if (!is_row) return {};
    for (const schema::Field& field : schema::kFields) {
      if (field.part == schema::Part::kContext || field.part == schema::Part::kNone) continue;
      const size_t size = schema::LoadSize(field.load);
      if (std::memcmp(schema::Place(field, expected_), schema::Place(field, any_), size) != 0)
        return std::string(field.name);
    }
    return {};
  }

 private:
  schema::Socket expected_, any_;
};

}  // namespace xtcp2::decode
