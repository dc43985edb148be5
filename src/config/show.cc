#include "config/show.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "base/fd.h"
#include "config/destinations.h"
#include "config/differences.h"
#include "config/table.h"
#include "config/text.h"
#include "config/value.h"

namespace xtcp2::config {
namespace {

// The value as TOML writes it.
std::string TomlValue(const Option& option, const std::string& text) {
  const bool lines = option.Is(kLines) && text.find('\n') != std::string::npos;
  if (!option.IsList() && !lines) return option.IsBool() || TypeName(option).starts_with("uint") ? text : Quoted(text);
  std::string out;
  for (const std::string& entry : SplitList(text, option.Is(kLines) ? '\n' : ','))
    out += fmt::format("{}{}", out.empty() ? "" : ", ", Quoted(entry));
  return fmt::format("[{}]", out);
}

std::string ConfLine(const Option& option, const Parsed& parsed) {
  bool redacted = false;
  const std::string value = TomlValue(option, ShownText(option, parsed.config, redacted));
  const Origin& origin = parsed.origins[IndexOf(option)];
  const bool is_set = origin.source != Source::kDefault && !redacted && option.built;
  return fmt::format("{}{} = {}  # {}{}\n", is_set ? "" : "# ", option.Key(), value, origin.Text(),
                     origin.absent ? " (not in it)" : "");
}

// The error of opening `path`, or "".
std::string OpenProblem(const std::string& path, int flags) {
  const Fd fd(::open(path.c_str(), flags | O_CLOEXEC));
  return fd.ok() ? "" : Error{"opening " + path, errno}.Text();
}

std::string DirectoryOf(const std::string& prefix) {
  const size_t slash = prefix.rfind('/');
  return slash == std::string::npos ? "." : prefix.substr(0, slash + 1);
}

std::string Section(std::string_view title, const std::vector<std::string>& items) {
  if (items.empty()) return "";
  std::string out = fmt::format("{}:\n", title);
  for (const std::string& item : items) out += fmt::format("  * {}\n", Wrapped(item, 4, 120));
  return out;
}

}  // namespace

std::string ConfText(const Parsed& parsed) {
  std::string out =
      "# Every value and where it comes from; later wins: default, file, flag, environment, XTCP_CONFIG_JSON.\n"
      "# What is a default, or holds a secret (redacted), stands behind a #.\n";
  const Option* last = nullptr;
  for (const Option& option : Options()) {
    if (option.IsAction() || &option == &Row("config")) continue;
    if (last == nullptr || last->group != option.group) out += fmt::format("\n# {}\n", GroupTitle(option.group));
    out += ConfLine(option, parsed);
    last = &option;
  }
  return out;
}

std::vector<std::string> CheckHost(const Parsed& parsed) {
  std::vector<std::string> errors;
  const auto check = [&](std::string_view key, const std::string& problem) {
    if (!problem.empty()) errors.push_back(fmt::format("{}: {}", parsed.OriginOf(key).Text(), problem));
  };
  const Config& config = parsed.config;
  if (!config.http_ca_file.empty()) check("httpCaFile", OpenProblem(config.http_ca_file, O_RDONLY));
  if (!config.http_cert_file.empty()) check("httpCertFile", OpenProblem(config.http_cert_file, O_RDONLY));
  if (!config.http_key_file.empty()) check("httpKeyFile", OpenProblem(config.http_key_file, O_RDONLY));
  check("procRoot", OpenProblem(config.proc_root + "/self/ns", O_RDONLY | O_DIRECTORY));
  if (config.write_files > 0)
    check("capturePath", OpenProblem(DirectoryOf(config.capture_path), O_RDONLY | O_DIRECTORY));
  for (const std::string& dest : DestinationsOf(config.dest))
    if (dest.starts_with("file:")) check("dest", OpenProblem(DirectoryOf(dest.substr(5)), O_RDONLY | O_DIRECTORY));
  return errors;
}

std::string ConfigCheckText(const Parsed& parsed, const std::vector<std::string>& more) {
  std::vector<std::string> errors = parsed.errors;
  errors.insert(errors.end(), more.begin(), more.end());
  std::vector<std::string> notices;
  for (const Notice& notice : parsed.notices) notices.push_back(notice.text);
  std::string out = Section("notices", notices);
  out += Section("differences to the Go program that these settings meet (docs/migrating.md)", DifferencesMet(parsed));
  if (errors.empty()) return out + "configuration is valid\n";
  out += Section("errors", errors);
  return out + fmt::format("configuration is not valid: {} error{}\n", errors.size(), errors.size() == 1 ? "" : "s");
}

}  // namespace xtcp2::config
