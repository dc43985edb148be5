// TLS of a destination. Files are read again when they changed, before the next connection.
#pragma once

#include <string>

namespace xtcp2::ship {

struct TlsOptions {
  bool enabled = false;
  std::string ca_file;      // PEM; empty: the system's
  std::string cert_file;    // PEM, for mutual TLS; empty: none
  std::string key_file;     // PEM
  std::string server_name;  // who the certificate must be for; empty: the host
};

}  // namespace xtcp2::ship
