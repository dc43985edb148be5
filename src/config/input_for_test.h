// Input for parser tests, and values to try each option of the table with. Tests only.
#pragma once

#include <fmt/format.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "config/deserializers.h"
#include "config/duration.h"
#include "config/parse.h"
#include "config/table.h"
#include "config/text.h"
#include "config/value.h"

namespace xtcp2::config {

// Collects sources and parses them; files exist in memory only.
struct TestInput {
  std::vector<std::string> args;
  std::map<std::string, std::string> environment;
  std::map<std::string, std::string> files;
  std::function<Result<>(std::string_view)> check_dest;

  TestInput& Flag(std::string_view name, std::string_view value) {
    args.push_back(fmt::format("-{}={}", name, value));
    return *this;
  }
  TestInput& Env(std::string_view name, std::string_view value) {
    environment[std::string(name)] = value;
    return *this;
  }
  // A configuration file x.toml, named by -config.
  TestInput& Toml(std::string text) {
    files["x.toml"] = std::move(text);
    return Flag("config", "x.toml");
  }
  TestInput& Json(std::string_view text) { return Env("XTCP_CONFIG_JSON", text); }

  Parsed Parse() const {
    ParseInput input;
    input.args = args;
    input.environment = environment;
    input.check_dest = check_dest;
    input.read_file = [this](const std::string& path) -> Result<std::string> {
      const auto found = files.find(path);
      if (found == files.end()) return Fail("opening " + path, ENOENT);
      return found->second;
    };
    return config::Parse(input);
  }
};

inline std::string Lines(const std::vector<std::string>& texts) { return fmt::format("{}", fmt::join(texts, "\n")); }
inline std::string Notices(const Parsed& parsed) {
  std::string out;
  for (const Notice& notice : parsed.notices) out += notice.text + "\n";
  return out;
}

namespace values_for_test {

inline std::optional<std::string> NthOf(std::initializer_list<const char*> values, int n) {
  return static_cast<size_t>(n) < values.size() ? std::optional<std::string>(values.begin()[n]) : std::nullopt;
}

inline std::optional<std::string> NthWord(const Option& option, int n) {
  for (const std::string_view word : option.accept.words())
    if (word != option.preset && n-- == 0) return std::string(word);
  return std::nullopt;
}

inline std::optional<std::string> NthNumber(const Option& option, int n) {
  for (uint64_t number = option.accept.min; number <= option.accept.max && number < option.accept.min + 10; ++number)
    if (fmt::format("{}", number) != option.preset && n-- == 0) return fmt::format("{}", number);
  return std::nullopt;
}

}  // namespace values_for_test

// The n-th (0 to 3) of different values that are not the default and are accepted; nothing where there are fewer.
inline std::optional<std::string> GoodValue(const Option& option, int n = 0) {
  using namespace values_for_test;
  const std::string_view key = option.Key();
  if (key == "frequency") return fmt::format("{}s", 20 + n);
  if (key == "timeout") return fmt::format("{}s", 1 + n);
  if (key == "columns" || key == "fields") return NthOf({"hostname", "label", "tag", "netns"}, n);
  if (key == "promListen") return fmt::format("127.0.0.1:{}", n + 1);
  if (key == "promPath") return fmt::format("/m{}", n);
  if (key == "filter") return fmt::format("dport = :{}", n + 1);
  if (key == "sample") return fmt::format("1/{}", n + 2);
  if (key == "cpus") return fmt::format("{}", n);
  if (key == "nice") return fmt::format("{}", n + 1);
  if (key == "dest") return fmt::format("file:/a{}", n);
  if (key == "httpHeader") return fmt::format("A: {}", n);
  if (key == "kafkaProperty") return fmt::format("a={}", n);
  if (option.accept.words != nullptr) return NthWord(option, n);
  const std::string_view type = TypeName(option);
  if (type == "bool")
    return n > 0 ? std::nullopt : std::optional<std::string>(option.preset == "true" ? "false" : "true");
  if (type == "deserializers") return NthOf({"info", "skmem, cong", "none", "all"}, n);
  if (type == "duration") return fmt::format("{}ms", 1500 + n);
  return type.starts_with("uint") ? NthNumber(option, n) : fmt::format("v{}", n);
}

// Values that the row refuses in every textual source; none where it takes any text.
inline std::vector<std::string> WrongValues(const Option& option) {
  const std::string_view key = option.Key(), type = TypeName(option);
  const Accept& accept = option.accept;
  if (key == "columns" || key == "fields") return {"hostnam", "tag,,no_such_field"};
  if (key == "promListen") return {"nonsense", ":70000", "1.2.3.4", ":", "::1:80", ":9088x"};
  if (key == "promPath") return {"metrics", "/readyz", "/healthz", "/a b"};
  if (key == "httpHeader") return {"nonsense", ": x", "A b: x"};
  if (key == "kafkaProperty") return {"nonsense", "=x"};
  if (key == "filter") return {"state", "dport = :x", "(sport = :1", "src 1.2.3"};
  if (key == "sample") return {"2/3", "1/0", "1/x", "0"};
  if (key == "cpus") return {"x", "1-", "3-1", "1024"};
  if (key == "nice") return {"x", "20", "-21", "1.5"};
  if (accept.words != nullptr) return {"nonsense", " "};
  if (type == "bool") return {"maybe", "yes", "2", "tRUE"};
  if (type == "deserializers") return {"infoo", "info;cong", "info,nonsense"};
  std::vector<std::string> out;
  if (type == "duration") {
    out = {"10", "10x", "-1s", "s", "1 s", "99999999h"};
    if (accept.min > 0) out.push_back("0");
    if (accept.max < static_cast<uint64_t>(Duration::max().count()))
      out.push_back(DurationText(Duration(static_cast<int64_t>(accept.max) + 1)));
  } else if (type.starts_with("uint")) {
    out = {"12x", "-1", "1.5", "0x10", " 1", "99999999999999999999"};
    if (accept.min > 0) out.push_back(fmt::format("{}", accept.min - 1));
    if (accept.max < ~uint64_t{0}) out.push_back(fmt::format("{}", accept.max + 1));
    if (type == "uint32") out.push_back("4294967296");
  } else if (option.IsText() && accept.max < ~uint64_t{0}) {
    out = {std::string(accept.max + 1, 'x')};
    if (accept.min > 1) out.push_back("x");
  } else if (option.IsList() && accept.max < ~uint64_t{0}) {
    for (uint64_t i = 0; i <= accept.max; ++i) out.resize(1), out[0] += fmt::format("{}v{}", i == 0 ? "" : ",", i);
  }
  return out;
}

}  // namespace xtcp2::config
