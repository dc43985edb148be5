#include "encode/format.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "encode/keys.h"

namespace xtcp2::encode {
namespace {

using schema::Epoch;
using testing::HasSubstr;

TEST(Format, NamesGoBothWays) {
  EXPECT_EQ(FormatNames().size(), 9u);
  for (size_t i = 0; i < FormatNames().size(); ++i) {
    EXPECT_EQ(ParseFormat(FormatNames()[i]), static_cast<Format>(i));
    EXPECT_EQ(FormatName(static_cast<Format>(i)), FormatNames()[i]);
  }
  EXPECT_EQ(ParseFormat("jsonl"), Format::kJsonl);
  EXPECT_EQ(ParseFormat("table"), Format::kTable);
  EXPECT_EQ(ParseFormat("json"), std::nullopt);
  EXPECT_EQ(ParseFormat(""), std::nullopt);
}

TEST(ParseFields, NamesOfEitherKindAndEitherEpochInTheGivenOrder) {
  const auto fields = ParseFields(" tcp_info_rtt, hostname,,\ttcpInfoRttVar ,tcp_info_rttvar,c_group", Epoch::k2);
  ASSERT_TRUE(fields.has_value()) << fields.error().Text();
  std::vector<uint16_t> expected;
  for (const char* name : {"tcp_info_rtt", "hostname", "tcp_info_rttvar", "tcp_info_rttvar", "inet_diag_cgroup_id"})
    expected.push_back(static_cast<uint16_t>(*schema::FindField(name, Epoch::k2)));
  EXPECT_EQ(*fields, expected);
}

TEST(ParseFields, OnlyBlanksAreEveryField) {
  for (const char* list : {"", " ", ",", " , ,\t"}) EXPECT_TRUE(ParseFields(list, Epoch::k2)->empty()) << list;
}

TEST(ParseFields, AnUnknownNameIsNamedWithTheNearest) {
  const auto fields = ParseFields("hostname,tcp_info_rrt", Epoch::k2);
  ASSERT_FALSE(fields.has_value());
  EXPECT_THAT(fields.error().Text(), HasSubstr("\"tcp_info_rrt\""));
  EXPECT_THAT(fields.error().Text(), HasSubstr("did you mean \"tcp_info_rtt\"?"));
  EXPECT_THAT(ParseFields("hostName", Epoch::k1).error().Text(), HasSubstr("\"hostname\""));
}

TEST(ParseFields, NonsenseGetsNoSuggestionAndCannotBreakTheMessage) {
  const std::string text = ParseFields("zzzzzzzz\n\x1b[2J" + std::string(1000, 'z'), Epoch::k2).error().Text();
  EXPECT_EQ(text.find("did you mean"), text.npos);
  EXPECT_EQ(text.find('\x1b'), text.npos);
  EXPECT_EQ(text.find('\n'), text.npos);
  EXPECT_LT(text.size(), 200u);
}

TEST(ParseFields, AFieldOfTheOtherEpochOnlyIsRefusedWithTheRemedy) {
  EXPECT_THAT(ParseFields("record_kind", Epoch::k1).error().Text(), HasSubstr("-recordEpoch 2"));
  EXPECT_THAT(ParseFields("inet_diag_msg_socket_dest_asn", Epoch::k2).error().Text(), HasSubstr("-recordEpoch 1"));
}

TEST(MakeFraming, KindAndContentTypeOfEachFormat) {
  const auto framing = [](Format format) { return MakeFraming({format, Epoch::k2, {}}); };
  EXPECT_EQ(framing(Format::kProtobufList).kind, FrameKind::kVarint);
  EXPECT_EQ(framing(Format::kProtoJson).kind, FrameKind::kJsonRows);
  EXPECT_EQ(framing(Format::kProtoText).kind, FrameKind::kProtoText);
  EXPECT_EQ(framing(Format::kMsgpack).kind, FrameKind::kMsgpackRows);
  EXPECT_EQ(framing(Format::kJsonl).content_type, "application/x-ndjson");
  EXPECT_EQ(framing(Format::kProtoJson).content_type, "application/json");
  EXPECT_EQ(framing(Format::kCsv).content_type, "text/csv");
  EXPECT_EQ(framing(Format::kTsv).content_type, "text/tab-separated-values");
  EXPECT_EQ(framing(Format::kProtoText).content_type, "text/plain; charset=utf-8");
  for (Format format : {Format::kProtobufList, Format::kMsgpack, Format::kHumanize})
    EXPECT_EQ(framing(format).content_type, "application/octet-stream");
  for (Format format : {Format::kJsonl, Format::kHumanize, Format::kCsv, Format::kTsv, Format::kTable})
    EXPECT_EQ(framing(format).kind, FrameKind::kPlain);
  for (size_t i = 0; i < FormatNames().size(); ++i) EXPECT_EQ(framing(static_cast<Format>(i)).format, FormatNames()[i]);
}

TEST(MakeFraming, OnlyTheTabularFormatsHaveAHeaderLine) {
  for (size_t i = 0; i < FormatNames().size(); ++i) {
    const Format format = static_cast<Format>(i);
    const std::string header = MakeFraming({format, Epoch::k1, {}}).header;
    const bool tabular = format == Format::kCsv || format == Format::kTsv || format == Format::kTable;
    EXPECT_EQ(!header.empty(), tabular) << FormatName(format);
    EXPECT_EQ(header.find('\n'), tabular ? header.size() - 1 : header.npos);
  }
  EXPECT_EQ(MakeFraming({Format::kCsv, Epoch::k1, *ParseFields("c_group,timestamp_ns", Epoch::k1)}).header,
            "cGroup,timestampNs\n");
}

TEST(Keys, TheCompilersNamesAreTheSchemas) {
  for (const schema::Field& field : schema::kFields)
    for (const std::string_view name : {field.name, field.name1}) {
      const KeyText json = KeyText{}.AddCamel(name, false), go = KeyText{}.AddCamel(name, true);
      EXPECT_EQ(std::string_view(json.text.data(), json.size), schema::JsonName(name));
      EXPECT_EQ(std::string_view(go.text.data(), go.size), schema::GoName(name));
    }
}

}  // namespace
}  // namespace xtcp2::encode
