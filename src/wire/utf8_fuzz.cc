// Any bytes: the repair gives valid UTF-8, leaves valid text alone, keeps to the sizes promised, and every escaper that
// builds on it says the same text.
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "wire/csv.h"
#include "wire/display.h"
#include "wire/json.h"
#include "wire/msgpack.h"
#include "wire/prototext.h"
#include "wire/utf8.h"

namespace {

using namespace xtcp2::wire;

void Require(bool condition) {
  if (!condition) std::abort();
}

// Exactly `max` bytes on the heap, so that AddressSanitizer sees the first byte too many.
template <class Put>
std::string Written(size_t max, Put put) {
  std::vector<uint8_t> out(max);
  const uint8_t* end = put(out.data());
  Require(static_cast<size_t>(end - out.data()) <= max);
  return std::string(out.data(), out.data() + (end - out.data()));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::string repaired = Written(kMaxRepaired * size, [&](uint8_t* at) { return PutRepaired(at, text); });
  Require(IsUtf8(repaired));
  Require(repaired.size() == RepairedSize(text));
  if (IsUtf8(text)) Require(repaired == text);

  const std::string json = Written(kMaxJsonEscape * size, [&](uint8_t* at) { return PutJsonText(at, text); });
  Require(nlohmann::json::parse('"' + json + '"').get<std::string>() == repaired);
  const std::string html = Written(kMaxJsonEscape * size, [&](uint8_t* at) { return PutJsonTextForHtml(at, text); });
  Require(nlohmann::json::parse('"' + html + '"').get<std::string>() == repaired);
  Require(html.find_first_of("<>&") == html.npos);

  const std::string packed =
      Written(kMaxMsgpackHead + kMaxRepaired * size, [&](uint8_t* at) { return PutMsgpackString(at, text); });
  Require(nlohmann::json::from_msgpack(packed).get<std::string>() == repaired);
  Require(IsUtf8(Written(MaxCsvText(size), [&](uint8_t* at) { return PutCsvText(at, text, ','); })));
  Require(IsUtf8(Written(kMaxProtoTextEscape * size, [&](uint8_t* at) { return PutProtoTextString(at, text); })));
  const std::string shown = Written(kMaxDisplayEscape * size, [&](uint8_t* at) { return PutDisplayText(at, text); });
  for (const char c : shown) Require(static_cast<uint8_t>(c) >= 0x20 && c != 0x7f);
  return 0;
}
