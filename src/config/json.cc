#include "config/json.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "config/deserializers.h"
#include "config/duration.h"
#include "config/table.h"
#include "config/text.h"
#include "config/value.h"

namespace xtcp2::config {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kForm = "it must be one object like {\"pollFrequency\": \"10s\", ...}";

// Whole numbers as protojson takes them: 5, 5.0, 5e0, "5".
std::optional<uint64_t> WholeNumber(const Json& json) {
  if (json.is_number_unsigned()) return json.get<uint64_t>();
  if (json.is_number_float()) {
    const double number = json.get<double>();
    if (number >= 0 && number < 18446744073709551616.0 && std::floor(number) == number)
      return static_cast<uint64_t>(number);
  }
  if (!json.is_string()) return std::nullopt;
  const auto& text = json.get_ref<const std::string&>();
  if (text.empty() || text.find_first_not_of("0123456789") != std::string::npos) return std::nullopt;
  errno = 0;
  const uint64_t number = std::strtoull(text.c_str(), nullptr, 10);
  return errno == ERANGE ? std::nullopt : std::optional(number);
}

// "" or what the value should have been.
struct JsonSetter {
  const Option& option;
  const Json& json;
  Config& config;

  std::string operator()(std::monostate) const { return "nothing"; }
  std::string operator()(bool Config::* member) const {
    if (!json.is_boolean()) return "true or false";
    config.*member = json.get<bool>();
    return "";
  }
  std::string operator()(uint32_t Config::* member) const {
    const auto number = WholeNumber(json);
    if (!number || *number > std::numeric_limits<uint32_t>::max()) return "a whole number below 4294967296";
    config.*member = static_cast<uint32_t>(*number);
    return "";
  }
  std::string operator()(uint64_t Config::* member) const {
    const auto number = WholeNumber(json);
    if (!number) return "a whole number, or one in quotes";
    config.*member = *number;
    return "";
  }
  std::string operator()(Duration Config::* member) const {
    const auto duration = json.is_string() ? ParseProtoDuration(json.get_ref<const std::string&>()) : std::nullopt;
    if (!duration) return "seconds in quotes with an s behind, as in \"1.5s\"";
    config.*member = *duration;
    return "";
  }
  std::string operator()(std::string Config::* member) const {
    if (!json.is_string() || json.get_ref<const std::string&>().find('\0') != std::string::npos)
      return "a string without zero bytes";
    config.*member = json.get<std::string>();
    return "";
  }
  std::string operator()(std::vector<std::string> Config::* member) const {
    const char separator = option.Is(kLines) ? '\n' : ',';
    std::string want =
        fmt::format("an array of strings, none empty or with a {} in it", separator == ',' ? "comma" : "line break");
    if (!json.is_array()) return want;
    std::vector<std::string> entries;
    for (const Json& entry : json) {
      if (!entry.is_string()) return want;
      const auto& text = entry.get_ref<const std::string&>();
      if (SplitList(text, separator) != std::vector{text} || text.find('\0') != std::string::npos) return want;
      entries.push_back(text);
    }
    // To protobuf an empty list is one that was left out.
    if (!entries.empty() || !option.IsOwnField()) config.*member = std::move(entries);
    return "";
  }
  std::string operator()(Deserializers Config::* member) const {
    std::string want = "an object like {\"enabled\": {\"info\": true}}";
    if (!json.is_object()) return want;
    for (const auto& [key, map] : json.items()) {
      if (key != "enabled" || (!map.is_object() && !map.is_null())) return want;
      for (const auto& [name, on] : map.items()) {
        if (!on.is_boolean()) return want;
        Deserializers known;
        if (!EnableDeserializer(name, known)) return "an object that " + UnknownDeserializer(name);
        if (on.get<bool>()) (config.*member).attributes |= known.attributes;
      }
    }
    return "";
  }
};

// nlohmann's parser keeps the last of two equal keys; protojson refuses them.
struct KeyWatch {
  std::vector<std::set<std::string>> open;
  std::vector<std::string> twice;

  bool operator()(int, Json::parse_event_t event, Json& parsed) {
    if (event == Json::parse_event_t::object_start) open.emplace_back();
    if (event == Json::parse_event_t::object_end) open.pop_back();
    if (event == Json::parse_event_t::key)
      if (auto name = parsed.get<std::string>(); !open.back().insert(name).second) twice.push_back(std::move(name));
    return true;
  }
};

class Applier {
 public:
  explicit Applier(Config& config) : config_(config) {}

  JsonConfig Run(std::string_view text) {
    Json json;
    KeyWatch watch;
    try {
      json = Json::parse(text, std::ref(watch));
    } catch (const Json::parse_error& error) {
      Error(fmt::format("not JSON at byte {}; {}", error.byte, kForm));
      return std::move(out_);
    } catch (const Json::exception&) {  // a number beyond what a double holds
      Error(fmt::format("holds a number that is too large; {}", kForm));
      return std::move(out_);
    }
    for (const std::string& name : watch.twice) Error(fmt::format("{} stands there twice", InQuotes(name)));
    if (!json.is_object()) {
      Error(fmt::format("not an object; {}", kForm));
      return std::move(out_);
    }
    Clear();
    for (const auto& [key, value] : json.items()) Set(key, value);
    return std::move(out_);
  }

 private:
  void Clear() {
    const Config defaults = DefaultConfig();
    for (const Option& option : Options()) {
      if (option.field.empty()) continue;
      if (option.IsOwnField())
        CopyValue(option, defaults, config_);
      else
        SetToZero(option, config_);
    }
  }

  void Set(const std::string& key, const Json& value) {
    const Option* option = FindField(key);
    if (option == nullptr)
      return Error(fmt::format("{} is not a field{}", InQuotes(key), DidYouMean(NearestField(key))));
    if (value.is_null()) return;  // protojson: as if it were absent
    if (std::find(out_.present.begin(), out_.present.end(), option) != out_.present.end())
      return Error(fmt::format("{} stands there twice, by two names", InQuotes(key)));
    out_.present.push_back(option);
    if (std::holds_alternative<Deserializers Config::*>(option->member)) SetToZero(*option, config_);
    std::string want = std::visit(JsonSetter{*option, value, config_}, option->member);
    if (!want.empty()) Error(fmt::format("{}: the value must be {}", key, want));
  }

  static std::string NearestField(const std::string& key) {
    std::vector<std::string> known;
    for (const Option& option : Options())
      if (!option.field.empty()) known.push_back(JsonName(option));
    return NearestName(key, known);
  }

  void Error(std::string text) { out_.errors.push_back(std::move(text)); }

  Config& config_;
  JsonConfig out_;
};

}  // namespace

JsonConfig ApplyJson(std::string_view text, Config& config) { return Applier(config).Run(text); }

}  // namespace xtcp2::config
