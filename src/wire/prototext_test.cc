#include "wire/prototext.h"

#include <google/protobuf/text_format.h>
#include <google/protobuf/wrappers.pb.h>

#include <random>

#include "wire/put_for_test.h"
#include "wire/utf8.h"

namespace xtcp2::wire {
namespace {

// Reads `escaped` back with libprotobuf as the value of Message, StringValue or BytesValue.
template <class Message>
std::string Read(const std::string& escaped) {
  Message message;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString("value: \"" + escaped + "\"", &message)) << escaped;
  return message.value();
}
std::string String(std::string_view text) {
  return Written(kMaxProtoTextEscape * text.size(), [&](uint8_t* at) { return PutProtoTextString(at, text); });
}
std::string BytesText(std::string_view bytes) {
  return Written(kMaxProtoTextEscape * bytes.size(),
                 [&](uint8_t* at) { return PutProtoTextBytes(at, AsBytes(bytes)); });
}

TEST(ProtoText, EveryByteBeforeADigitComesBack) {
  for (int c = 0; c < 256; ++c) {
    const std::string bytes = {static_cast<char>(c), '7'};
    EXPECT_EQ(Read<google::protobuf::BytesValue>(BytesText(bytes)), bytes);
    if (c < 0x80) {
      EXPECT_EQ(Read<google::protobuf::StringValue>(String(bytes)), bytes);
    }
  }
}

TEST(ProtoText, RandomBytesComeBackAsBytesAndRepairedAsString) {
  std::mt19937 random(6);
  for (int i = 0; i < 2'000; ++i) {
    std::string bytes(random() % 20, '\0');
    for (char& c : bytes) c = static_cast<char>(random());
    std::string repaired(RepairedSize(bytes), '\0');
    PutRepaired(reinterpret_cast<uint8_t*>(repaired.data()), bytes);
    ASSERT_EQ(Read<google::protobuf::BytesValue>(BytesText(bytes)), bytes);
    ASSERT_EQ(Read<google::protobuf::StringValue>(String(bytes)), repaired);
  }
}

TEST(ProtoText, StaysOnItsLine) { EXPECT_EQ(String("a\nb\"c").find_first_of("\n"), std::string::npos); }

}  // namespace
}  // namespace xtcp2::wire
