// What `xtcp2 schema` prints, and that the files committed from it are still the same text.
#include "schema/export.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "schema/export_text.h"
#include "schema/table.h"

namespace xtcp2::schema {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string ReadSource(const std::string& path) {
  std::ifstream file(std::string(XTCP2_SOURCE_DIR) + "/" + path);
  EXPECT_TRUE(file) << path;
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// Lines of `text` for which `holds` is true.
template <class Predicate>
long CountLines(const std::string& text, Predicate holds) {
  std::istringstream lines(text);
  long count = 0;
  for (std::string line; std::getline(lines, line);) count += holds(line) ? 1 : 0;
  return count;
}

TEST(ExportProto, CommittedFileIsTheTable) {
  EXPECT_EQ(ReadSource("proto/xtcp_flat_record/v1/xtcp_flat_record.proto"), ExportProto(Epoch::k2))
      << "run `./dev docs`, or `xtcp2 schema proto` into that file";
}

TEST(ExportMarkdown, CommittedPageIsTheTable) {
  EXPECT_EQ(ReadSource("docs/record.md"), ExportMarkdown())
      << "run `./dev docs`, or `xtcp2 schema markdown` into that file";
}

TEST(ExportProto, EpochOneHasItsOwnNamesAndNumbers) {
  const std::string proto = ExportProto(Epoch::k1);
  EXPECT_THAT(proto, HasSubstr("  uint64 c_group = 2103;\n"));
  EXPECT_THAT(proto, HasSubstr("  uint64 inet_diag_msg_socket_dest_asn = 1011;\n"));
  EXPECT_THAT(proto, HasSubstr("  CongestionAlgorithm congestion_algorithm_enum = 1301;\n"));
  EXPECT_THAT(proto, Not(HasSubstr("Locality")));
  EXPECT_THAT(proto, Not(HasSubstr("reserved")));
  const auto is_field = [](const std::string& line) {
    return line.starts_with("  ") && line.ends_with(";") && line[2] != ' ' && line.find(" = ") != std::string::npos &&
           line.find("XtcpFlatRecord ") == std::string::npos;  // rows in other messages
  };
  EXPECT_EQ(CountLines(proto, is_field), 156);
}

TEST(ExportProto, EpochTwoReservesWhatMayNotComeBack) {
  EXPECT_THAT(ExportProto(Epoch::k2), HasSubstr("reserved 301, 302, 1011, 1012, 1018, 1019, 2103;"));
}

TEST(ExportJson, HoldsEveryFieldWithItsPlace) {
  const auto json = nlohmann::json::parse(ExportJson());
  ASSERT_EQ(json["fields"].size(), kFieldCount);
  const auto& rtt = json["fields"][IndexOf("tcp_info_rtt")];
  EXPECT_EQ(rtt["number"], 1230);
  EXPECT_EQ(rtt["jsonName"], "tcpInfoRtt");
  EXPECT_EQ(rtt["attribute"], 2);
  EXPECT_EQ(rtt["offset"], 68);
  EXPECT_EQ(rtt["unit"], "us");
  const auto& cgroup = json["fields"][IndexOf("c_group")];
  EXPECT_EQ(cgroup["number"], 2003);
  EXPECT_EQ(cgroup["epoch1Number"], 2103);
  EXPECT_FALSE(json["fields"][IndexOf("inet_diag_msg_socket_dest_asn")].contains("number"));
  EXPECT_EQ(json["enums"].size(), 7u);
}

TEST(ExportCsv, OneLineAFieldAndQuotesWhereNeeded) {
  const std::string csv = ExportCsv();
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), static_cast<long>(kFieldCount) + 1);
  EXPECT_THAT(
      csv,
      HasSubstr(
          "\n1208,tcp_info_rcv_wscale,tcpInfoRcvWscale,1208,tcp_info_rcv_scale,uint32,INET_DIAG_INFO,6,bits 4-7,"));
  EXPECT_THAT(csv, HasSubstr(",\"2 IPv4, 10 IPv6 (an IPv4-mapped socket is 10)\"\n"));
  EXPECT_THAT(csv, HasSubstr("\n,,,1012,inet_diag_msg_socket_next_hop_asn,uint64,,,,ASN,"));
}

TEST(ExportMarkdown, SaysWhereNamesDiffer) {
  const std::string page = ExportMarkdown();
  const auto is_field = [](const std::string& line) {
    return line.starts_with("| ") && std::count(line.begin(), line.end(), '|') == 8 && !line.starts_with("| #");
  };
  EXPECT_EQ(CountLines(page, is_field), static_cast<long>(kFieldCount));
  EXPECT_THAT(page, HasSubstr("| 2003 | `inet_diag_cgroup_id` | uint64 | id | INET_DIAG_CGROUP_ID offset 0 u64 | "
                              "cgroup v2 of the socket | 2103 `c_group` |"));
  EXPECT_THAT(page, HasSubstr("| 12 | `NEW_SYN_RECV` |"));
  EXPECT_THAT(page, HasSubstr("| 22 | INET_DIAG_SOCKOPT |"));
}

TEST(ExportText, WrapsAtSpacesOnly) {
  EXPECT_EQ(Wrap("one two three", "// ", 10), "// one two\n// three\n");
  EXPECT_EQ(Wrap("averylongwordthatdoesnotfit", "# ", 5), "# averylongwordthatdoesnotfit\n");
}

TEST(ExportText, SectionsHoldNeighbours) {
  EXPECT_EQ(SectionTitle(kFields[IndexOf("uplink1_ifname")]), "Uplink 1");
  EXPECT_EQ(SectionTitle(kFields[IndexOf("inet_diag_msg_inode")]),
            SectionTitle(kFields[IndexOf("inet_diag_msg_family")]));
  EXPECT_NE(SectionTitle(kFields[IndexOf("inet_diag_msg_inode")]), SectionTitle(kFields[IndexOf("mem_info_rmem")]));
}

// Types and codecs of the tables that exist with the Go program: epoch 1 must still fit rows stored by it.
TEST(ExportClickhouse, EpochOneKeepsTheKnownLayout) {
  const std::string ddl = ExportClickhouse(Epoch::k1);
  const std::string store = ddl.substr(0, ddl.find("ENGINE = MergeTree"));
  const auto is_column = [](const std::string& line) {
    return line.starts_with("    `") && line.find(" ALIAS ") == std::string::npos;
  };
  EXPECT_EQ(CountLines(store, is_column), 156);
  EXPECT_LT(store.find("`timestamp_ns` DateTime64(9, 'UTC') CODEC(DoubleDelta, LZ4)"), store.find("`schema_version`"));
  for (const char* column :
       {"`netns` String CODEC(ZSTD)", "`container_id` String CODEC(ZSTD)", "`netns_inode` UInt64 CODEC(ZSTD)",
        "`hostname` LowCardinality(String)", "`record_counter` UInt64 CODEC(DoubleDelta, LZ4)",
        "`inet_diag_msg_socket_source` String CODEC(ZSTD)", "`tcp_info_rtt_var` UInt32 CODEC(LZ4)",
        "`c_group` UInt64 CODEC(LZ4)",
        "`congestion_algorithm_enum` Enum('' = 0, 'cubic' = 1, 'dctcp' = 2, 'vegas' = 3, 'prague' = 4, 'bbr1' = 5, "
        "'bbr2' = 6, 'bbr3' = 7)"})
    EXPECT_THAT(store, HasSubstr(column));
  EXPECT_THAT(ddl, HasSubstr("xtcp.xtcp_flat_records_kafka\n"));
  EXPECT_THAT(ddl, HasSubstr("kafka_group_name = 'xtcp',"));
}

TEST(ExportClickhouse, KafkaKeepsTheNumberAndTheViewConvertsIt) {
  const std::string ddl = ExportClickhouse(Epoch::k2);
  const std::string kafka = ddl.substr(ddl.find("TABLE IF NOT EXISTS xtcp.xtcp_flat_records_v2_kafka"));
  EXPECT_EQ(kafka.find("`timestamp_ns` Int64 CODEC(DoubleDelta, LZ4)"), kafka.find("`timestamp_ns`"));
  EXPECT_THAT(kafka, Not(HasSubstr("ALIAS")));
  EXPECT_THAT(kafka, HasSubstr("REPLACE (fromUnixTimestamp64Nano(timestamp_ns, 'UTC') AS timestamp_ns)"));
  EXPECT_THAT(kafka, HasSubstr("schema_version = 2;"));
}

}  // namespace
}  // namespace xtcp2::schema
