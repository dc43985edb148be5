#include "ship/spec.h"

#include <curl/curl.h>
#include <fmt/format.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <memory>
#include <vector>

#include "base/nearest.h"

namespace xtcp2::ship {
namespace {

struct Known {
  std::string_view name;
  std::string_view form;
};
// In the order of Scheme.
constexpr std::array<Known, 15> kKnown = {{
    {"null", "null"},
    {"stdout", "stdout"},
    {"stderr", "stderr"},
    {"file", "file:<path>"},
    {"tcp", "tcp:<host>:<port>"},
    {"udp", "udp:<host>:<port>"},
    {"unix", "unix:<path>"},
    {"unixgram", "unixgram:<path>"},
    {"http", "http://<host>[:<port>]/<path>"},
    {"https", "https://<host>[:<port>]/<path>"},
    {"kafka", "kafka:<host>:<port>[,<host>:<port>...]"},
    {"nats", "nats:<host>:<port>[,<host>:<port>...]"},
    {"nats+jetstream", "nats+jetstream:<host>:<port>[,<host>:<port>...]"},
    {"nsq", "nsq:<host>:<port>[,<host>:<port>...]"},
    {"valkey", "valkey:<host>:<port>"},
}};
constexpr std::string_view kNotBuilt[] = {"s3parquet", "clickhouse"};

std::string AllForms() {
  std::string all;
  for (const Known& known : kKnown) all += (all.empty() ? "" : ", ") + std::string(known.form);
  return all;
}

std::string Shown(std::string_view text) {
  const bool is_path = text.starts_with("file:") || text.starts_with("unix:") || text.starts_with("unixgram:");
  std::string shown = is_path ? std::string(text) : RedactUrl(text);
  constexpr size_t kLongest = 300;
  if (shown.size() > kLongest) shown = shown.substr(0, kLongest) + "...";
  return shown;
}

tl::unexpected<Error> Wrong(std::string_view text, std::string_view why) {
  return Fail(fmt::format("destination \"{}\": {}", Shown(text), why));
}

tl::unexpected<Error> WrongScheme(std::string_view text, std::string_view name) {
  for (const std::string_view later : kNotBuilt)
    if (name == later) return Wrong(text, fmt::format("{} is not built yet; there are {}", name, AllForms()));
  std::vector<std::string> names;
  for (const Known& known : kKnown) names.emplace_back(known.name);
  for (const std::string_view later : kNotBuilt) names.emplace_back(later);
  const std::string nearest = Nearest(name, names);
  std::string hint;
  if (!nearest.empty()) hint = fmt::format("; did you mean {}?", nearest);
  if (nearest.empty() && (text.find(':') == std::string_view::npos || text.starts_with('/')))
    hint = fmt::format("; did you mean file:{}?", Shown(text));
  return Wrong(text, fmt::format("no such kind of destination; allowed are {}{}", AllForms(), hint));
}

Result<DestSpec> ParseBare(DestSpec spec, std::string_view rest) {
  if (rest.empty() || (rest == ":" && spec.scheme == Scheme::kNull)) return spec;
  return Wrong(spec.text, fmt::format("nothing may follow {}", SchemeName(spec.scheme)));
}

Result<DestSpec> ParsePath(DestSpec spec, std::string_view path) {
  const std::string_view form = kKnown[static_cast<size_t>(spec.scheme)].form;
  if (path.empty()) return Wrong(spec.text, fmt::format("the path is missing; write {}", form));
  if (path.find('\0') != std::string_view::npos) return Wrong(spec.text, "a path cannot hold a zero byte");
  constexpr size_t kLongest = sizeof(sockaddr_un::sun_path) - 1;
  if (spec.scheme != Scheme::kFile && path.size() > kLongest)
    return Wrong(spec.text,
                 fmt::format("the path of a unix socket is {} bytes at most, this one has {}", kLongest, path.size()));
  spec.path = path;
  return spec;
}

// "host:port" or "[v6]:port".
Result<HostPort> ParseHostPort(const DestSpec& spec, std::string_view rest) {
  const std::string_view name = SchemeName(spec.scheme);
  const std::string form = fmt::format("write {0}:<host>:<port>, an IPv6 address in brackets: {0}:[::1]:9000", name);
  if (rest.starts_with("//")) return Wrong(spec.text, fmt::format("no // here; {}", form));
  HostPort out;
  std::string_view port;
  if (rest.starts_with('[')) {
    const size_t end = rest.find(']');
    if (end == std::string_view::npos || !rest.substr(end).starts_with("]:")) return Wrong(spec.text, form);
    out.host = rest.substr(1, end - 1);
    port = rest.substr(end + 2);
  } else {
    const size_t colon = rest.find(':');
    if (colon == std::string_view::npos) return Wrong(spec.text, fmt::format("the port is missing; {}", form));
    if (rest.find(':', colon + 1) != std::string_view::npos)
      return Wrong(spec.text, fmt::format("too many colons; {}", form));
    out.host = rest.substr(0, colon);
    port = rest.substr(colon + 1);
  }
  if (out.host.empty()) return Wrong(spec.text, fmt::format("the host is missing; {}", form));
  if (out.host.find_first_of("/@ \t\r\n") != std::string::npos || out.host.find('\0') != std::string::npos)
    return Wrong(spec.text, fmt::format("that is no host; {}", form));
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), out.port);
  if (error != std::errc() || end != port.data() + port.size() || out.port == 0)
    return Wrong(spec.text, fmt::format("the port must be a number from 1 to 65535; {}", form));
  return out;
}

Result<DestSpec> ParseOneServer(DestSpec spec, std::string_view rest) {
  Result<HostPort> server = ParseHostPort(spec, rest);
  if (!server) return tl::unexpected(server.error());
  spec.host = server->host;
  spec.port = server->port;
  spec.servers = {std::move(*server)};
  return spec;
}

Result<DestSpec> ParseServers(DestSpec spec, std::string_view rest) {
  for (size_t at = 0; at <= rest.size();) {
    const size_t comma = std::min(rest.find(',', at), rest.size());
    Result<HostPort> server = ParseHostPort(spec, rest.substr(at, comma - at));
    if (!server) return tl::unexpected(server.error());
    spec.servers.push_back(std::move(*server));
    at = comma + 1;
  }
  return spec;
}

// Takes the URL apart with the very parser that will use it later.
Result<DestSpec> ParseUrl(DestSpec spec) {
  const std::string_view form = kKnown[static_cast<size_t>(spec.scheme)].form;
  const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> url(curl_url(), curl_url_cleanup);
  if (!std::string_view(spec.text).substr(SchemeName(spec.scheme).size()).starts_with("://"))
    return Wrong(spec.text, fmt::format("that is no URL; write {}", form));
  const CURLUcode code = curl_url_set(url.get(), CURLUPART_URL, spec.text.c_str(), 0);
  if (code != CURLUE_OK || spec.text.find('\0') != std::string::npos)
    return Wrong(spec.text, fmt::format("that is no URL ({}); write {}", curl_url_strerror(code), form));
  spec.path = spec.text;
  return spec;
}

void HideQueryValues(std::string& out, std::string_view query) {
  for (size_t at = 0; at <= query.size();) {
    const size_t end = std::min(query.find('&', at), query.size());
    const std::string_view pair = query.substr(at, end - at);
    const size_t equals = pair.find('=');
    if (equals != std::string_view::npos) out += std::string(pair.substr(0, equals + 1));
    if (!pair.empty()) out += "***";
    if (end < query.size()) out += '&';
    at = end + 1;
  }
}

}  // namespace

std::string_view SchemeName(Scheme scheme) { return kKnown[static_cast<size_t>(scheme)].name; }

std::string RedactUrl(std::string_view text) {
  const size_t query = std::min(text.find_first_of("?#"), text.size());
  const size_t at = text.rfind('@');
  const size_t slashes = text.find("://");
  const size_t colon = text.find(':');
  size_t begin = slashes != std::string_view::npos ? slashes + 3 : colon != std::string_view::npos ? colon + 1 : 0;
  if (at != std::string_view::npos && begin > at) begin = 0;
  std::string out;
  std::string_view front = text.substr(0, query);
  if (at != std::string_view::npos) {
    // Everything up to the last @ counts as user and password, although a path or a query may hold an @ too: a password
    // with a / or a ? in it is hidden that way, at the price of a host that is not shown.
    out += std::string(text.substr(0, begin)) + "***";
    if (at > query) return out;
    front = text.substr(at, query - at);
  }
  out += front;
  if (query == text.size()) return out;
  out += text[query];
  if (text[query] == '#') return out + "***";
  const std::string_view rest = text.substr(query + 1);
  const size_t fragment = std::min(rest.find('#'), rest.size());
  HideQueryValues(out, rest.substr(0, fragment));
  if (fragment < rest.size()) out += "#***";
  return out;
}

std::string HostPort::Text() const {
  return host.find(':') == std::string::npos ? fmt::format("{}:{}", host, port) : fmt::format("[{}]:{}", host, port);
}

std::string DestSpec::Redacted() const { return Shown(text); }

Result<DestSpec> ParseDest(std::string_view text) {
  const size_t colon = std::min(text.find(':'), text.size());
  const std::string_view name = text.substr(0, colon);
  const auto* const known = std::find_if(kKnown.begin(), kKnown.end(), [&](const Known& k) { return k.name == name; });
  if (known == kKnown.end()) return WrongScheme(text, name);
  DestSpec spec;
  spec.scheme = static_cast<Scheme>(known - kKnown.begin());
  spec.name = known->name;
  spec.text = text;
  const std::string_view rest = text.substr(colon);  // with its colon
  switch (spec.scheme) {
    case Scheme::kNull:
    case Scheme::kStdout:
    case Scheme::kStderr:
      return ParseBare(std::move(spec), rest);
    case Scheme::kFile:
    case Scheme::kUnix:
    case Scheme::kUnixgram:
      return ParsePath(std::move(spec), rest.empty() ? rest : rest.substr(1));
    case Scheme::kTcp:
    case Scheme::kUdp:
    case Scheme::kValkey:
      return ParseOneServer(std::move(spec), rest.empty() ? rest : rest.substr(1));
    case Scheme::kKafka:
    case Scheme::kNats:
    case Scheme::kNatsJetstream:
    case Scheme::kNsq:
      return ParseServers(std::move(spec), rest.empty() ? rest : rest.substr(1));
    case Scheme::kHttp:
    case Scheme::kHttps:
      return ParseUrl(std::move(spec));
  }
  return WrongScheme(text, name);
}

}  // namespace xtcp2::ship
