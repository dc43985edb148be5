// The data set of the benchmarks: what a kernel answered for some 1,100 real sockets (test/golden/6.18/crowd.netlink,
// made by test/oracle/crowd.py), as it lies in a receive buffer, and a copy in which little repeats. For benchmarks and
// tests.
#pragma once

#include <algorithm>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "decode/locate.h"
#include "netlink/message.h"
#include "schema/read.h"

namespace xtcp2::encode {

class Crowd {
 public:
  // The answers in the order the kernel gave them, so that neighbours are alike and a repeated pass is foreseen by the
  // processor.
  static Crowd AsCaptured(const std::string& source_dir) {
    std::ifstream file(source_dir + "/test/golden/6.18/crowd.netlink", std::ios::binary);
    return Crowd({std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()});
  }

  // Six copies in random order, each counter times 2^-5 to 2^5, some of the zeros set: what no branch predictor has
  // seen before. Made up, and harder than life.
  static Crowd Varied(const std::string& source_dir) {
    const Crowd captured = AsCaptured(source_dir);
    std::mt19937_64 random(20);
    std::vector<std::vector<uint8_t>> answers;
    for (int copy = 0; copy < 6; ++copy)
      captured.ForEach([&](Bytes answer) {
        const uint8_t* const message = answer.data() - netlink::kHeaderSize;
        answers.emplace_back(message, answer.data() + netlink::Align4(answer.size()));
      });
    std::shuffle(answers.begin(), answers.end(), random);
    std::vector<uint8_t> all;
    for (std::vector<uint8_t>& answer : answers) {
      Vary(answer, random);
      all.insert(all.end(), answer.begin(), answer.end());
    }
    return Crowd(std::move(all));
  }

  size_t count() const { return count_; }

  // Calls `on_answer(payload)` for each socket.
  template <class OnAnswer>
  void ForEach(OnAnswer&& on_answer) const {
    netlink::MessageWalk walk(Bytes(bytes_).first(bytes_.size() - decode::kReadSlack));
    netlink::Message message;
    while (walk.Next(message))
      if (message.type == netlink::kTypeSockDiag) on_answer(message.payload);
  }

 private:
  explicit Crowd(std::vector<uint8_t> bytes) : bytes_(std::move(bytes)) {
    bytes_.resize(bytes_.size() + decode::kReadSlack);
    ForEach([&](Bytes) { ++count_; });
  }

  static void Vary(std::vector<uint8_t>& message, std::mt19937_64& random) {
    constexpr size_t kFirst = netlink::kHeaderSize + sizeof(abi::InetDiagMsg);
    netlink::AttributeWalk walk(Bytes(message).subspan(kFirst));
    netlink::Attribute attribute;
    while (walk.Next(attribute))
      for (const schema::Field& field : schema::kFields) {
        const bool counter = attribute.type == abi::kInetDiagInfo || attribute.type == abi::kInetDiagSkMemInfo;
        if (!counter || schema::Index(field.part) != attribute.type) continue;
        if (field.load != schema::Load::kU32 && field.load != schema::Load::kU64) continue;
        if (field.offset + schema::LoadSize(field.load) > attribute.value.size()) continue;
        VaryNumber(field.load, message.data() + (attribute.value.data() - message.data()) + field.offset, random);
      }
  }
  static void VaryNumber(schema::Load load, uint8_t* at, std::mt19937_64& random) {
    const uint64_t value = schema::LoadNumber(load, 0, 0, at);
    const uint64_t scaled = value == 0 ? (random() % 100 < 8 ? random() % 10'000 : 0) : (value << random() % 11) >> 5;
    if (load == schema::Load::kU32)
      Store(at, static_cast<uint32_t>(scaled));
    else
      Store(at, scaled);
  }

  std::vector<uint8_t> bytes_;  // and kReadSlack zeros
  size_t count_ = 0;
};

// A context as a daemon without special flags gives it.
inline schema::Context UsualContext() {
  schema::Context context;
  context.timestamp_ns = 1'795'526'100'123'456'789;
  context.daemon_version = "0.1.0 (0123456789ab, 2026-11-24)";
  context.hostname = "node-17.rack3.example.net";
  context.netns = "default";
  context.netns_inode = 4'026'532'441;
  context.socket_fd = 17;
  context.collector = 1;
  context.boot_id = 0x1234567812345678;
  context.netns_cookie = 8193;
  return context;
}

}  // namespace xtcp2::encode
