#include "config/deserializers.h"

#include <fmt/format.h>

#include <vector>

#include "config/text.h"
#include "schema/field.h"

namespace xtcp2::config {
namespace {

using schema::Index;
using schema::Part;

constexpr DeserializerKey kKeys[] = {
    {"meminfo", Index(Part::kMemInfo), false, true, "INET_DIAG_MEMINFO"},
    {"info", Index(Part::kInfo), true, true, "INET_DIAG_INFO"},
    {"vegas", Index(Part::kVegas), true, true, "INET_DIAG_VEGASINFO"},
    {"cong", Index(Part::kCong), true, true, "INET_DIAG_CONG"},
    {"tos", Index(Part::kTos), true, true, "INET_DIAG_TOS"},
    {"tc", Index(Part::kTclass), true, true, "INET_DIAG_TCLASS"},
    {"skmem", Index(Part::kSkMem), true, true, "INET_DIAG_SKMEMINFO"},
    {"shut", Index(Part::kShutdown), true, true, "INET_DIAG_SHUTDOWN"},
    {"dctcp", Index(Part::kDctcp), true, true, "INET_DIAG_DCTCPINFO"},
    {"v6only", Index(Part::kSkV6Only), true, false, "INET_DIAG_SKV6ONLY"},
    {"mark", Index(Part::kMark), true, false, "INET_DIAG_MARK"},
    {"bbr", Index(Part::kBbr), true, true, "INET_DIAG_BBRINFO"},
    {"classid", Index(Part::kClassId), true, true, "INET_DIAG_CLASS_ID"},
    {"ulp", Index(Part::kUlp), true, false, "INET_DIAG_ULP_INFO"},
    {"cgroup", Index(Part::kCgroup), true, true, "INET_DIAG_CGROUP_ID"},
    {"sockopt", Index(Part::kSockopt), true, true, "INET_DIAG_SOCKOPT"},
};

// Words that stand for several keys.
bool EnableWord(std::string_view word, Deserializers& set) {
  if (word == "default") return set.attributes |= DefaultDeserializers().attributes, true;
  if (word == "all") return set.attributes |= AllDeserializers().attributes, true;
  return word == "none";
}

}  // namespace

std::span<const DeserializerKey> DeserializerKeys() { return kKeys; }

Deserializers DefaultDeserializers() {
  Deserializers set;
  for (const DeserializerKey& key : kKeys)
    if (key.on_by_default) set.attributes |= 1u << key.attribute;
  return set;
}

Deserializers AllDeserializers() {
  Deserializers set;
  for (const DeserializerKey& key : kKeys) set.attributes |= 1u << key.attribute;
  return set;
}

bool EnableDeserializer(std::string_view name, Deserializers& set) {
  for (const DeserializerKey& key : kKeys)
    if (key.name == name) return set.attributes |= 1u << key.attribute, true;
  return false;
}

std::string ParseDeserializers(std::string_view text, Deserializers& set) {
  set = {};
  for (const std::string& name : SplitList(text, ','))
    if (!EnableWord(name, set) && !EnableDeserializer(name, set)) return UnknownDeserializer(name);
  return "";
}

std::string DeserializersText(const Deserializers& set) {
  if (set == DefaultDeserializers()) return "default";
  if (set == AllDeserializers()) return "all";
  if (set.attributes == 0) return "none";
  std::vector<std::string_view> names;
  for (const DeserializerKey& key : kKeys)
    if (set.Has(key.attribute)) names.push_back(key.name);
  return fmt::format("{}", fmt::join(names, ","));
}

std::string UnknownDeserializer(std::string_view name) {
  std::vector<std::string> known = {"default", "all", "none"};
  for (const DeserializerKey& key : kKeys) known.emplace_back(key.name);
  return fmt::format("names \"{}\", which is no deserializer{}", Shortened(name), DidYouMean(NearestName(name, known)));
}

}  // namespace xtcp2::config
