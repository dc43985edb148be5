// msgpack read back by nlohmann::json.
#include "encode/msgpack.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "encode/socket_for_test.h"

namespace xtcp2::encode {
namespace {

using nlohmann::json;
using schema::Epoch;
using schema::Field;
using schema::Type;

json Expected(const Field& field, const schema::Socket& socket) {
  const uint64_t number = ReadNumber(field, socket);
  const std::string_view text = ReadText(field, socket);
  switch (field.type) {
    case Type::kString:
      return Repaired(text);
    case Type::kBytes:
      return text.empty() ? json() : json::binary({text.begin(), text.end()});
    case Type::kInt64:
      return static_cast<int64_t>(number);
    case Type::kEnum:
      return static_cast<int32_t>(number);
    default:
      return number;
  }
}

TEST(Msgpack, EveryFieldInBothEpochsAllAndChosenZerosIncluded) {
  const MadeContext context("\xff\xff\xff\"\n");
  std::mt19937_64 random(13);
  for (int round = 0; round < 40; ++round)
    for (const Epoch epoch : {Epoch::k1, Epoch::k2}) {
      EncodeOptions options{Format::kMsgpack, epoch, {}, round % 8 < 4};
      for (int n = round % 4 * 8; n > 0; --n)
        options.fields.push_back(static_cast<uint16_t>(random() % schema::kFieldCount));
      WithContext<MsgpackEncoder> encoder(options);
      encoder.SetContext(context.context);
      Buffer rows;
      json expected = json::array();
      for (int i = 0; i < 3; ++i) {
        MadeSocket made;
        made.SetContext(context.context);
        made.Randomize(random, static_cast<unsigned>(round % 5) * 25);
        encoder.Append(made.socket, rows);
        expected.push_back(json::object());
        for (const uint16_t f : schema::FieldsOf(epoch))
          if (options.fields.empty() || std::count(options.fields.begin(), options.fields.end(), f))
            expected[i][schema::GoName(schema::kFields[f].Name(epoch))] = Expected(schema::kFields[f], made.socket);
      }
      ASSERT_EQ(json::from_msgpack(Payload(MakeFraming(options), 3, rows)), (json{{"Row", expected}}));
    }
}

// The byte behind a key, which says how wide a value is.
uint8_t CodeBehind(std::string_view row, const std::string& key) {
  const size_t at = row.find(key);
  EXPECT_NE(at, row.npos) << key;
  return static_cast<uint8_t>(row[at + key.size()]);
}

TEST(Msgpack, WidthsAreThoseOfTheTypes) {
  MadeSocket made;
  WithContext<MsgpackEncoder> encoder({Format::kMsgpack, Epoch::k2, {}});
  Buffer rows;
  encoder.Append(made.socket, rows);
  EXPECT_EQ(CodeBehind(rows.text(), "TimestampNs"), 0xd3);
  EXPECT_EQ(CodeBehind(rows.text(), "NetnsInode"), 0xcf);
  EXPECT_EQ(CodeBehind(rows.text(), "InetDiagMsgFamily"), 0xce);
  EXPECT_EQ(CodeBehind(rows.text(), "InetDiagCongEnum"), 0xd2);
  EXPECT_EQ(CodeBehind(rows.text(), "Hostname"), 0xa0);
  EXPECT_EQ(CodeBehind(rows.text(), "InetDiagMsgSocketSource\xc4"), 16);
}

}  // namespace
}  // namespace xtcp2::encode
