#include "ship/payload.h"

#include <gtest/gtest.h>

#include "ship/test_support.h"

namespace xtcp2::ship::test {
namespace {

std::string Message(const RowRange& range, const encode::Framing& framing) {
  Buffer out;
  AppendPayload(range, framing, out);
  return std::string(out.text());
}

TEST(Payload, SizeIsThatOfTheMessageForEveryFraming) {
  encode::BatchPool pool(1);
  for (const auto& framing : {Jsonl(), Csv(), ProtobufList(), ProtoJson(),
                              encode::Framing{"protoText", encode::FrameKind::kProtoText, "", ""},
                              encode::Framing{"msgpack", encode::FrameKind::kMsgpackRows, "", ""}}) {
    const auto batch = MakeBatch(pool, framing, 0, 50, 30);
    for (const bool header : {false, true})
      for (size_t first = 0; first < 50; first += 7)
        for (size_t last = first + 1; last <= 50; last += 5) {
          const RowRange range{*batch, first, last, header};
          EXPECT_EQ(Message(range, framing).size(), PayloadSize(range, framing)) << framing.format;
        }
  }
}

TEST(Payload, JsonRowsLoseOnlyTheLastComma) {
  encode::BatchPool pool(1);
  const auto batch = MakeBatch(pool, ProtoJson(), 1, 3, 1);
  EXPECT_EQ(Message({*batch, 1, 3, false}, ProtoJson()), "{\"row\":[{\"n\":2,\"p\":\"x\"},{\"n\":3,\"p\":\"x\"}]}\n");
}

TEST(Payload, PartsGoOnAnywhere) {
  encode::BatchPool pool(1);
  const auto batch = MakeBatch(pool, Csv(), 1, 4);
  const RowRange range{*batch, 0, 4, true};
  const std::string whole = Message(range, Csv());
  const encode::Framing framing = Csv();
  const PayloadParts payload(range, framing);
  for (size_t skip = 0; skip <= whole.size(); ++skip) {
    std::array<iovec, 4> parts;
    std::string rest;
    const size_t count = payload.parts().From(skip, parts);
    for (size_t i = 0; i < count; ++i) rest.append(static_cast<char*>(parts[i].iov_base), parts[i].iov_len);
    EXPECT_EQ(rest, whole.substr(skip));
  }
}

TEST(LastThatFits, IsTheLargestRunWithinTheLimit) {
  encode::BatchPool pool(1);
  std::minstd_rand random(7);
  for (const auto& framing : {Csv(), ProtobufList(), ProtoJson()}) {
    auto batch = pool.Take();
    for (size_t i = 0; i < 60; ++i) AddRow(*batch, framing, i, random() % 300);
    for (size_t limit : {0, 10, 200, 500, 3000, 1'000'000})
      for (size_t first = 0; first < 60; ++first) {
        const size_t last = LastThatFits(*batch, framing, first, limit, true);
        if (last > first) {
          EXPECT_LE(PayloadSize({*batch, first, last, true}, framing), limit);
        }
        if (last < 60) {
          EXPECT_GT(PayloadSize({*batch, first, last + 1, true}, framing), limit);
        }
      }
  }
}

}  // namespace
}  // namespace xtcp2::ship::test
