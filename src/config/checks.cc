#include "config/checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "encode/format.h"

namespace xtcp2::config {
namespace {

constexpr std::string_view kFamilies[] = {"all", "ipv4", "ipv6"};
constexpr std::string_view kNetns[] = {"all", "own"};
constexpr std::string_view kCollectors[] = {"auto", "bpf", "netlink"};
constexpr std::string_view kAuditActions[] = {"fallback", "log", "exit"};
constexpr std::string_view kLedgers[] = {"auto", "off", "counts", "rows"};
constexpr std::string_view kSpoolSyncs[] = {"segment", "batch"};
constexpr std::string_view kCompression[] = {"none", "gzip", "zstd"};
constexpr std::string_view kKafkaCompression[] = {"", "auto", "zstd", "lz4", "snappy", "gzip", "none"};
constexpr std::string_view kProfile[] = {"", "cpu", "mem", "memheap", "mutex", "block", "trace", "goroutine"};

// RFC 9110's token characters.
bool IsTokenCharacter(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

std::string PortProblem(std::string_view port) {
  if (port.empty()) return "has no port";
  unsigned number = 0;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
  if (error != std::errc{} || end != port.data() + port.size() || number > 65535)
    return fmt::format("has the port \"{}\", which is not a number from 0 to 65535", port);
  return "";
}

}  // namespace

std::span<const std::string_view> FormatWords() { return encode::FormatNames(); }
std::span<const std::string_view> FamilyWords() { return kFamilies; }
std::span<const std::string_view> NetnsWords() { return kNetns; }
std::span<const std::string_view> CollectorWords() { return kCollectors; }
std::span<const std::string_view> AuditActionWords() { return kAuditActions; }
std::span<const std::string_view> LedgerWords() { return kLedgers; }
std::span<const std::string_view> SpoolSyncWords() { return kSpoolSyncs; }
std::span<const std::string_view> CompressionWords() { return kCompression; }
std::span<const std::string_view> KafkaCompressionWords() { return kKafkaCompression; }
std::span<const std::string_view> KafkaKeyWords() {
  static constexpr std::string_view kWords[] = {"none", "host"};
  return kWords;
}
std::span<const std::string_view> KafkaSaslWords() {
  static constexpr std::string_view kWords[] = {"none", "plain", "scram-sha-256", "scram-sha-512", "oauthbearer"};
  return kWords;
}
std::span<const std::string_view> ProfileWords() { return kProfile; }

std::string ListenProblem(std::string_view text) {
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return "has no port";
  const std::string_view host = text.substr(0, colon);
  const bool bracketed = host.starts_with('[') && host.ends_with(']');
  if (host.find(':') != std::string_view::npos && !bracketed) return "has an IPv6 address without brackets";
  return PortProblem(text.substr(colon + 1));
}

std::string PathProblem(std::string_view text) {
  if (!text.starts_with('/')) return "does not begin with /";
  if (text == "/healthz" || text == "/readyz" || text == "/coverage" || text.starts_with("/coverage/"))
    return "is taken by another page";
  if (text.find_first_of(" ?#") != std::string_view::npos) return "has a character that cannot be in a path";
  return "";
}

std::string HeaderProblem(std::string_view text) {
  const size_t colon = text.find(':');
  const std::string_view name = text.substr(0, colon);
  if (colon == std::string_view::npos || name.empty()) return "has no name with a colon behind";
  if (!std::all_of(name.begin(), name.end(), IsTokenCharacter))
    return "has a character in its name that cannot be there";
  if (std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 && c != '\t'; }))
    return "has a control character";
  return "";
}

std::string KafkaPropertyProblem(std::string_view text) {
  const size_t equals = text.find('=');
  return equals == 0 || equals == std::string_view::npos ? "is no name with a value" : "";
}

}  // namespace xtcp2::config
