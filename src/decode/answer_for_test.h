// Builds inet_diag answers byte by byte, for tests.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "netlink/message.h"

namespace xtcp2::decode {

class AnswerBuilder {
 public:
  explicit AnswerBuilder(uint64_t cookie = 1, uint8_t family = 2, uint8_t state = 1) : bytes_(72) {
    bytes_[0] = family;
    bytes_[1] = state;
    Store<uint64_t>(bytes_.data() + 44, cookie);
  }
  explicit AnswerBuilder(Bytes message) : bytes_(message.begin(), message.end()) {}
  AnswerBuilder& Add(uint16_t type, std::vector<uint8_t> value) {
    const size_t at = bytes_.size();
    bytes_.resize(at + 4);
    Store<uint16_t>(bytes_.data() + at, static_cast<uint16_t>(4 + value.size()));
    Store<uint16_t>(bytes_.data() + at + 2, type);
    bytes_.insert(bytes_.end(), value.begin(), value.end());
    bytes_.resize(netlink::Align4(bytes_.size()));
    return *this;
  }
  AnswerBuilder& AddText(uint16_t type, std::string_view text) {
    std::vector<uint8_t> value(text.begin(), text.end());
    value.push_back(0);
    return Add(type, std::move(value));
  }
  // The payload, with the slack that decoding may read behind it.
  Bytes payload() {
    size_ = bytes_.size();
    bytes_.reserve(size_ + 512);
    return {bytes_.data(), size_};
  }
  const std::vector<uint8_t>& bytes() const { return bytes_; }

 private:
  std::vector<uint8_t> bytes_;
  size_t size_ = 0;
};

// n bytes: first, first + 1, ...
inline std::vector<uint8_t> Counting(size_t n, uint8_t first = 1) {
  std::vector<uint8_t> out(n);
  for (size_t i = 0; i < n; ++i) out[i] = static_cast<uint8_t>(first + i);
  return out;
}

}  // namespace xtcp2::decode
