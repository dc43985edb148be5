// What a row does to memory: nothing is allocated once the buffer has grown, and no more is written than was asked for.
// This file replaces the program's operator new by one that counts.
#include <gtest/gtest.h>

#include "base/counting_new.h"
#include "encode/delimited.h"
#include "encode/humanize.h"
#include "encode/json.h"
#include "encode/msgpack.h"
#include "encode/protobuf.h"
#include "encode/prototext.h"
#include "encode/socket_for_test.h"
#include "encode/table.h"

namespace xtcp2::encode {
namespace {

template <class Encoder>
class NoAllocation : public testing::Test {};

using Encoders = testing::Types<JsonlEncoder, ProtoJsonEncoder, ProtoTextEncoder, MsgpackEncoder, HumanizeEncoder,
                                CsvEncoder, TsvEncoder, TableEncoder, ProtobufEncoder>;
TYPED_TEST_SUITE(NoAllocation, Encoders);

TEST(CountingNew, SeesAnAllocation) {
  const size_t before = allocations;
  const std::vector<int> some(100);
  EXPECT_GT(allocations, before) << some.size();
}

TYPED_TEST(NoAllocation, PerRowOnceWarm) {
  static_assert(RowEncoder<TypeParam>);
  const MadeContext context("\xff\"\n,");
  std::vector<std::unique_ptr<MadeSocket>> sockets;
  std::mt19937_64 random(17);
  for (unsigned i = 0; i < 50; ++i) {
    sockets.push_back(std::make_unique<MadeSocket>());
    sockets.back()->Randomize(random, i * 2);
  }
  WithContext<TypeParam> encoder(EncodeOptions{Format::kJsonl, schema::Epoch::k2, {}});
  encoder.SetContext(context.context);
  Buffer rows(1 << 20);
  const size_t before = allocations;
  for (const auto& made : sockets) encoder.Append(made->socket, rows);
  EXPECT_EQ(allocations, before);
  EXPECT_GT(rows.size(), 50u * 100);
}

// Every number at its largest, every text of the byte that grows most in some format; fewer fields make the bound
// tighter.
TYPED_TEST(NoAllocation, ARowKeepsToTheRoomItAskedFor) {
  std::mt19937_64 random(19);
  for (const char worst : {'\xff', '"', '\x01', '\xc2', '\\', 'x'}) {
    const MadeContext context(std::string(300, worst));
    MadeSocket made;
    made.SetContext(context.context);
    made.Fill(static_cast<uint8_t>(worst));
    for (const schema::Epoch epoch : {schema::Epoch::k1, schema::Epoch::k2})
      for (int round = 0; round < 30; ++round) {
        EncodeOptions options{Format::kJsonl, epoch, {}};
        for (int n = round; n > 0; --n) options.fields.push_back(static_cast<uint16_t>(random() % schema::kFieldCount));
        WithContext<TypeParam> encoder(options);
        encoder.SetContext(made.context);
        Buffer rows;  // grows to what is asked for, so that AddressSanitizer sees more than its slack
        encoder.Append(made.socket, rows);
        ASSERT_LE(rows.size(), rows.capacity());
      }
  }
}

}  // namespace
}  // namespace xtcp2::encode
