// protoText read back by libprotobuf with the schema exported from the table.
#include "encode/prototext.h"

#include <gtest/gtest.h>

#include "encode/record_for_test.h"
#include "encode/socket_for_test.h"

namespace xtcp2::encode {
namespace {

using schema::Epoch;

TEST(ProtoText, APayloadIsOneEnvelopeForLibprotobuf) {
  const MadeContext context("\"'\\\n\x01 }\xff\xe2\x82\xac\xe2\x82");
  std::mt19937_64 random(12);
  for (const Epoch epoch : {Epoch::k1, Epoch::k2}) {
    const RecordForTest record(epoch);
    const EncodeOptions options{Format::kProtoText, epoch, {}};
    WithContext<ProtoTextEncoder> encoder(options);
    encoder.SetContext(context.context);
    Buffer rows;
    std::vector<std::string> expected;
    for (int i = 0; i < 20; ++i) {
      MadeSocket made;
      made.SetContext(context.context);
      made.Randomize(random, static_cast<unsigned>(i) * 5);
      encoder.Append(made.socket, rows);
      expected.push_back(record.Serialized(made.socket));
    }
    const std::string payload = Payload(MakeFraming(options), expected.size(), rows);
    EXPECT_EQ(record.RowsOfText(payload), expected);
    EXPECT_TRUE(payload.ends_with("}\n\n"));
  }
}

TEST(ProtoText, ChosenFieldsOnly) {
  MadeSocket made;
  made.Set("tcp_info_rtt", 1234);
  made.Set("tcp_info_rttvar", 5);
  made.socket.row.congestion = 1;
  WithContext<ProtoTextEncoder> encoder({Format::kProtoText,
                                         Epoch::k1,
                                         {static_cast<uint16_t>(schema::IndexOf("inet_diag_cong_enum")),
                                          static_cast<uint16_t>(schema::IndexOf("tcp_info_rtt"))}});
  Buffer rows;
  encoder.Append(made.socket, rows);
  EXPECT_EQ(rows.text(), "row {\n  tcp_info_rtt: 1234\n  congestion_algorithm_enum: CONGESTION_ALGORITHM_CUBIC\n}\n");
}

}  // namespace
}  // namespace xtcp2::encode
