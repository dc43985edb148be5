// The knobs of Kafka. Plain values, read by src/kafka.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ship/tls_options.h"

namespace xtcp2::ship {

struct KafkaOptions {
  std::string topic = "xtcp";           // -topic
  std::string compression;              // auto ("" counts as it), zstd, lz4, snappy, gzip, none
  std::string key = "none";             // none, host
  int64_t produce_timeout_ms = 0;       // until an unacknowledged message counts as a failure; 0: 10 s
  TlsOptions tls;                       // server_name is not read: librdkafka takes the broker's name
  std::string sasl = "none";            // none, plain, scram-sha-256, scram-sha-512, oauthbearer
  std::string user;                     // plain, scram
  std::string password;                 // secret
  std::string password_file;            // goes before `password`; read again when it changes
  std::string token_file;               // oauthbearer: a token; empty: librdkafka's own OIDC by properties
  std::vector<std::string> properties;  // "name=value" or "name=@file" of librdkafka; secret

  // The schema registry; asked for protobufList only.
  std::string schema_url;        // may hold user and password; empty: none
  std::string schema_auth_file;  // "user:password"; empty: none
  std::string schema_ca_file;    // PEM; empty: the system's
  std::string schema_text;       // the .proto
  bool schema_framing = false;   // values begin with the registry's prefix
};

}  // namespace xtcp2::ship
