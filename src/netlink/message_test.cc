#include "netlink/message.h"

#include <gtest/gtest.h>

#include <vector>

namespace xtcp2::netlink {
namespace {

std::vector<uint8_t> MakeMessage(uint32_t claimed_length, uint16_t type, size_t payload) {
  std::vector<uint8_t> bytes(kHeaderSize + payload);
  Store<uint32_t>(bytes.data(), claimed_length);
  Store<uint16_t>(bytes.data() + 4, type);
  return bytes;
}

void Append(std::vector<uint8_t>& to, const std::vector<uint8_t>& more) {
  to.insert(to.end(), more.begin(), more.end());
}

TEST(MessageWalk, GivesEachMessageAndRoundsLengthsUp) {
  std::vector<uint8_t> datagram = MakeMessage(17, 7, 4);  // one byte of payload, three of padding
  Append(datagram, MakeMessage(20, 8, 4));
  MessageWalk walk(datagram);
  Message message;
  ASSERT_TRUE(walk.Next(message));
  EXPECT_EQ(message.type, 7);
  EXPECT_EQ(message.payload.size(), 1u);
  ASSERT_TRUE(walk.Next(message));
  EXPECT_EQ(message.type, 8);
  EXPECT_EQ(message.payload.size(), 4u);
  EXPECT_FALSE(walk.Next(message));
  EXPECT_FALSE(walk.damaged());
}

TEST(MessageWalk, LengthsThatLieEndTheWalk) {
  for (const uint32_t length : {0u, 15u, 21u, 0xffffffffu}) {
    const std::vector<uint8_t> datagram = MakeMessage(length, 1, 4);
    MessageWalk walk(datagram);
    Message message;
    EXPECT_FALSE(walk.Next(message)) << length;
    EXPECT_TRUE(walk.damaged()) << length;
  }
}

TEST(MessageWalk, LeftoverBytesAreDamage) {
  std::vector<uint8_t> datagram = MakeMessage(16, 1, 0);
  datagram.resize(datagram.size() + 5);
  MessageWalk walk(datagram);
  Message message;
  EXPECT_TRUE(walk.Next(message));
  EXPECT_FALSE(walk.Next(message));
  EXPECT_TRUE(walk.damaged());
}

TEST(AttributeWalk, MasksFlagsAndLeavesPaddingOut) {
  const uint8_t bytes[] = {5, 0, 0x05, 0xc0, 42, 0, 0, 0, 8, 0, 15, 0, 1, 2, 3, 4};
  AttributeWalk walk(bytes);
  Attribute attribute;
  ASSERT_TRUE(walk.Next(attribute));
  EXPECT_EQ(attribute.type, 5);
  ASSERT_EQ(attribute.value.size(), 1u);
  EXPECT_EQ(attribute.value[0], 42);
  ASSERT_TRUE(walk.Next(attribute));
  EXPECT_EQ(attribute.type, 15);
  EXPECT_FALSE(walk.Next(attribute));
  EXPECT_FALSE(walk.damaged());
}

TEST(AttributeWalk, LastAttributeNeedsNoPadding) {
  const uint8_t bytes[] = {5, 0, 8, 0, 3};
  AttributeWalk walk(bytes);
  Attribute attribute;
  ASSERT_TRUE(walk.Next(attribute));
  EXPECT_EQ(attribute.value.size(), 1u);
  EXPECT_FALSE(walk.Next(attribute));
  EXPECT_FALSE(walk.damaged());
}

TEST(AttributeWalk, LengthsThatLieEndTheWalk) {
  for (const uint8_t length : {0, 1, 3, 9, 255}) {
    const uint8_t bytes[] = {length, 0, 1, 0, 9, 9, 9, 9};
    AttributeWalk walk(bytes);
    Attribute attribute;
    EXPECT_FALSE(walk.Next(attribute)) << int(length);
    EXPECT_TRUE(walk.damaged()) << int(length);
  }
}

}  // namespace
}  // namespace xtcp2::netlink
