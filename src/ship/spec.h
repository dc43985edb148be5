// What a -dest string means: parsed once at start, typed from there on. The text may hold passwords, so nothing prints
// it but through Redacted(). Values; no threads, no system calls.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace xtcp2::ship {

enum class Scheme : uint8_t {
  kNull,
  kStdout,
  kStderr,
  kFile,
  kTcp,
  kUdp,
  kUnix,
  kUnixgram,
  kHttp,
  kHttps,
  kKafka,
  kNats,
  kNatsJetstream,
  kNsq,
  kValkey
};

// "file", "tcp", ...: as in the -dest string and as the label of the metrics.
std::string_view SchemeName(Scheme scheme);

struct HostPort {
  std::string host;  // a name or an address without brackets
  uint16_t port = 0;
  // "host:port", "[v6]:port".
  std::string Text() const;
};

struct DestSpec {
  Scheme scheme = Scheme::kNull;
  std::string name;   // label of its metrics: the scheme's name, and a number where there are several of a kind
  std::string text;   // as given; may hold secrets
  std::string host;   // tcp, udp: a name or an address without brackets
  uint16_t port = 0;  // tcp, udp
  std::vector<HostPort> servers;  // of a broker, one at least, as given
  std::string path;               // file, unix, unixgram ("@name" is an abstract socket); http, https: the whole URL

  // Local destinations (null, stdout, stderr, file) never lose a row of a poll that ran: a full queue makes the
  // producer wait. The others are networks: a full queue loses its oldest batches.
  bool local() const { return scheme <= Scheme::kFile; }
  // For messages: without user, password and the values of a query.
  std::string Redacted() const;
};

// A wrong text is an error that names it (redacted), says what is allowed, and what was probably meant.
Result<DestSpec> ParseDest(std::string_view text);

// `text` with what stands between "://" and "@", the values of a query and a fragment replaced by "***". For any text
// that may be a URL.
std::string RedactUrl(std::string_view text);

}  // namespace xtcp2::ship
