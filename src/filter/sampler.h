// Which sockets a sample of 1 in N keeps: by a salted hash of the connection, so a socket is kept or left for its whole
// life, at both ends, on every host with the same salt, live and in replay. Who is kept at N is kept at every smaller
// N. An immutable value; any thread.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"
#include "schema/socket.h"

namespace xtcp2::filter {

// Salted hash of the two (address, port) of a socket in whichever order; IPv4 addresses and their mapped forms are
// alike. A listener's remote is zero. Needs kMsg.
uint64_t ConnectionHash(const schema::Socket& socket, uint64_t salt) noexcept;

class Sampler {
 public:
  // Keeps everything.
  Sampler() = default;
  // One in `rate`, at least 1.
  Sampler(uint64_t salt, uint32_t rate) : salt_(salt), rate_(rate ? rate : 1), last_(~uint64_t{0} / rate_) {}

  uint32_t rate() const { return rate_; }
  uint64_t salt() const { return salt_; }
  // For a hash that was taken already, with this sampler's salt.
  bool KeepsHash(uint64_t hash) const noexcept { return hash <= last_; }
  bool Keeps(const schema::Socket& socket) const noexcept {
    return rate_ == 1 || KeepsHash(ConnectionHash(socket, salt_));
  }

 private:
  uint64_t salt_ = 0;
  uint32_t rate_ = 1;
  uint64_t last_ = ~uint64_t{0};
};

inline constexpr uint32_t kHighestRate = 1'000'000'000;

// N of "1/N"; "1" is 1.
Result<uint32_t> ParseSampleRate(std::string_view text);

}  // namespace xtcp2::filter
