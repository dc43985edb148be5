#include <arpa/inet.h>

#include <charconv>

#include <fmt/format.h>

#include "filter/number.h"
#include "filter/values.h"

namespace xtcp2::filter {
namespace {

constexpr std::string_view kAllowed =
    "allowed are an IPv4 address or prefix (10.0.0.1, 10/8), an IPv6 address in brackets ([::1], [fd00::/8]) and * for "
    "any, each "
    "with or without :port behind it";

// Up to four decimal octets; what is missing is zero, as in 10/8.
bool ReadInet(std::string_view text, std::array<uint8_t, 16>& address, int& octets) {
  for (octets = 0; octets < 4; ++octets) {
    uint8_t octet = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), octet);
    const auto used = static_cast<size_t>(end - text.data());
    if (error != std::errc() || (used > 1 && text[0] == '0')) return false;
    address[static_cast<size_t>(octets)] = octet;
    text.remove_prefix(used);
    if (text.empty()) return ++octets, true;
    if (text[0] != '.') return false;
    text.remove_prefix(1);
  }
  return false;
}

void KeepPrefix(Condition& host) {
  for (size_t i = 0; i < host.address.size(); ++i) {
    const int bits = host.prefix_bits - static_cast<int>(8 * i);
    if (bits <= 0) host.address[i] = 0;
    if (bits > 0 && bits < 8) host.address[i] &= static_cast<uint8_t>(0xff00 >> bits);
  }
}

// An address or prefix without a port.
Result<> ReadPrefix(std::string_view text, Condition& host) {
  if (text.empty() || text == "*" || text == "any" || text == "all" || text == "default") return {};
  const size_t slash = text.find('/');
  const std::string address(text.substr(0, slash));
  int octets = 4;
  if (address.find(':') != std::string::npos) {
    host.family = kInet6;
    if (inet_pton(AF_INET6, address.c_str(), host.address.data()) != 1)
      return Fail("holds no IPv6 address; " + std::string(kAllowed));
  } else {
    host.family = kInet;
    if (!ReadInet(address, host.address, octets))
      return Fail("holds no address (names are not looked up); " + std::string(kAllowed));
  }
  const uint64_t most = host.family == kInet6 ? 128 : 32;
  const auto bits =
      slash == std::string_view::npos ? std::optional<uint64_t>(most) : ParseNumber(text.substr(slash + 1), most);
  if (!bits) return Fail(fmt::format("has no such prefix length; allowed are 0 to {}", most));
  if (slash == std::string_view::npos && octets < 4)
    return Fail("is an IPv4 address of fewer than four numbers; write all four, or a prefix length behind it");
  host.prefix_bits = static_cast<uint8_t>(*bits);
  KeepPrefix(host);
  return {};
}

struct Parts {
  std::string_view address, port;  // port: from its colon on
};

Result<Parts> Split(std::string_view text) {
  if (text.starts_with('[')) {
    const size_t end = text.find(']');
    if (end == std::string_view::npos) return Fail("has no ] that ends the address");
    const std::string_view port = text.substr(end + 1);
    if (!port.empty() && port[0] != ':')
      return Fail(
          "has something else than :port behind ]; a prefix length stands inside the brackets, as in [fd00::/8]:443");
    if (end == 1) return Fail("has no address in its brackets; " + std::string(kAllowed));
    return Parts{text.substr(1, end - 1), port};
  }
  // An IPv6 prefix needs no brackets: its port would stand behind the slash.
  const size_t slash = text.find('/'), colon = text.find(':');
  const bool inet6 = colon != std::string_view::npos && text.find(':', colon + 1) != std::string_view::npos;
  if (inet6 && slash == std::string_view::npos)
    return Fail(
        "could be an address or an address with a port; write an IPv6 address in brackets, as in [::1] or [::1]:443");
  const size_t port = slash != std::string_view::npos ? text.find(':', slash) : colon;
  if (port == std::string_view::npos) return Parts{text, {}};
  return Parts{text.substr(0, port), text.substr(port)};
}

}  // namespace

Result<Condition> ParseHost(std::string_view text, const Names& names) {
  Condition host;
  host.kind = Condition::Kind::kHost;
  const Result<Parts> parts = Split(text);
  if (!parts) return tl::unexpected(parts.error());
  if (const Result<> read = ReadPrefix(parts->address, host); !read) return tl::unexpected(read.error());
  const Result<Ports> ports = ParsePort(parts->port, names);
  if (!ports) return Fail("holds what " + ports.error().what);
  host.low = ports->low;
  host.high = ports->high;
  return host;
}

std::string PrintHost(const Condition& host) {
  std::array<char, INET6_ADDRSTRLEN> room{};
  const bool inet6 = host.family == kInet6;
  std::string out = "*";
  if (host.family != kAnyFamily) {
    out = inet_ntop(inet6 ? AF_INET6 : AF_INET, host.address.data(), room.data(), room.size());
    if (host.prefix_bits < (inet6 ? 128 : 32)) out += fmt::format("/{}", host.prefix_bits);
    if (inet6) out = "[" + out + "]";
  }
  return host.AnyPort() ? out : fmt::format("{}:{}", out, host.low);
}

}  // namespace xtcp2::filter
