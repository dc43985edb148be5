// Every knob of the destinations and of the queue before them, with its default. Plain values; the flags that set them
// are in src/config.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "ship/kafka_options.h"
#include "ship/nats_options.h"
#include "ship/nsq_options.h"
#include "ship/spool_options.h"
#include "ship/valkey_options.h"

namespace xtcp2::ship {

// Where a name leads: addresses with their port, best first.
struct Address {
  sockaddr_storage storage{};
  socklen_t length = 0;
};
// Looks a name up; called on a thread of its own because it may block.
using Lookup = std::function<Result<std::vector<Address>>(const std::string& host, uint16_t port)>;

struct ShipOptions {
  std::string host;  // whose rows they are, for the identity of batches (identity.h)

  // The queue. waits_for_room: a full one makes the producer wait, for a local destination that is alone; else it loses
  // its oldest batches.
  bool waits_for_room = true;
  size_t queue_bytes = size_t{64} << 20;

  // Trying again: the pause doubles from the first to the longest, each time shortened by up to half at random.
  int64_t backoff_first_ms = 100;
  int64_t backoff_longest_ms = 30'000;

  // tcp, udp, unix, unixgram.
  int64_t connect_timeout_ms = 5'000;  // looking the name up and connecting, http too
  int64_t write_timeout_ms = 10'000;   // without any progress
  // tcp: a frame counts as read when the peer's kernel acknowledged it and the connection then lived on that long ...
  int64_t settle_ms = 1'000;
  // ... and is kept for a peer that has stopped reading until so many further bytes were acknowledged.
  size_t resend_bytes = size_t{8} << 20;
  Lookup lookup;                  // empty: getaddrinfo
  bool io_uring = false;          // writes go through a ring where one can be had ...
  bool io_uring_require = false;  // ... and where not, that is an error

  // file.
  uint64_t rotate_bytes = 0;  // 0: never by size
  int64_t rotate_age_ns = 0;  // 0: never by age
  uint32_t rotate_keep = 0;   // rotated files kept; 0: all

  // http, https.
  std::vector<std::string> http_headers;  // "Name: value"; secret
  std::string http_ca_file;               // empty: the system's
  std::string http_cert_file;
  std::string http_key_file;
  int64_t http_timeout_ms = 0;                // one request; 0: 10 s
  std::string http_proxy;                     // empty: what the environment says
  std::string http_compression = "none";      // none, gzip, zstd
  int64_t http_retry_after_max_ms = 300'000;  // a server's Retry-After is followed up to this

  KafkaOptions kafka;
  NatsOptions nats;
  NsqOptions nsq;
  ValkeyOptions valkey;

  SpoolOptions spool;
};

}  // namespace xtcp2::ship
