#include "wire/msgpack.h"

#include <nlohmann/json.hpp>

#include "wire/put_for_test.h"

namespace xtcp2::wire {
namespace {

using nlohmann::json;

template <class Put>
json Unpacked(size_t max, Put put) {
  return json::from_msgpack(Written(max, put));
}
json String(const std::string& text) {
  return Unpacked(kMaxMsgpackHead + kMaxRepaired * text.size(),
                  [&](uint8_t* at) { return PutMsgpackString(at, text); });
}
json Binary(const std::string& bytes) {
  return Unpacked(kMaxMsgpackHead + bytes.size(), [&](uint8_t* at) { return PutMsgpackBytes(at, bytes); });
}

TEST(Msgpack, IntegersAreFixedInWidth) {
  for (uint64_t value : {uint64_t{0}, uint64_t{127}, uint64_t{0x01020304}, uint64_t{0xffffffff}}) {
    const auto put = [&](uint8_t* at) { return PutMsgpackUint32(at, static_cast<uint32_t>(value)); };
    EXPECT_EQ(Unpacked(5, put).get<uint64_t>(), value);
    EXPECT_EQ(Written(5, put).size(), 5u);
  }
  EXPECT_EQ(Unpacked(9, [](uint8_t* at) { return PutMsgpackUint64(at, ~uint64_t{0}); }).get<uint64_t>(), ~uint64_t{0});
  EXPECT_EQ(Unpacked(9, [](uint8_t* at) { return PutMsgpackInt64(at, -2); }).get<int64_t>(), -2);
  EXPECT_EQ(Unpacked(5, [](uint8_t* at) { return PutMsgpackInt32(at, -3); }).get<int64_t>(), -3);
  EXPECT_EQ(Written(5, [](uint8_t* at) { return PutMsgpackInt32(at, 1); }), std::string("\xd2\0\0\0\1", 5));
  EXPECT_EQ(Written(9, [](uint8_t* at) { return PutMsgpackInt64(at, 1); }), std::string("\xd3\0\0\0\0\0\0\0\1", 9));
}

TEST(Msgpack, StringsAndBytesOfEveryHeadSize) {
  for (size_t size : {0, 1, 31, 32, 255, 256, 65'535, 65'536}) {
    const std::string text(size, 'x');
    EXPECT_EQ(String(text).get<std::string>(), text);
    if (size == 0) continue;
    const std::vector<uint8_t> read = Binary(text).get_binary();
    EXPECT_EQ(std::string(read.begin(), read.end()), text);
  }
  EXPECT_TRUE(Binary("").is_null());
}

TEST(Msgpack, RepairCountsInTheHead) {
  // 16 bytes that become 48: one more byte of head than the raw size would need.
  std::string mark;
  for (int i = 0; i < 16; ++i) mark += kReplacement;
  EXPECT_EQ(String(std::string(16, '\xff')).get<std::string>(), mark);
}

TEST(Msgpack, MapHeads) {
  for (size_t count : {0, 1, 15, 16, 300}) {
    const json map = json::from_msgpack(Written(5000, [&](uint8_t* at) {
      at = PutMsgpackMap(at, count);
      for (size_t i = 0; i < count; ++i)
        at = PutMsgpackInt32(PutMsgpackString(at, std::to_string(i)), static_cast<int32_t>(i));
      return at;
    }));
    EXPECT_EQ(map.size(), count);
  }
}

}  // namespace
}  // namespace xtcp2::wire
