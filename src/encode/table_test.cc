#include "encode/table.h"

#include <gtest/gtest.h>

#include <sstream>

#include "encode/socket_for_test.h"

namespace xtcp2::encode {
namespace {

using schema::Epoch;
using schema::IndexOf;

std::vector<std::string> Words(std::string_view line) {
  std::istringstream in{std::string(line)};
  return {std::istream_iterator<std::string>(in), {}};
}

std::string Row(const EncodeOptions& options, const MadeSocket& made) {
  WithContext<TableEncoder> encoder(options);
  encoder.SetContext(made.context);
  Buffer rows;
  encoder.Append(made.socket, rows);
  return std::string(rows.text());
}

void SetAddresses(MadeSocket& made, uint8_t family, const std::vector<uint8_t>& source,
                  const std::vector<uint8_t>& peer) {
  uint8_t* message = made.Part(schema::Part::kMsg);
  message[0] = family;
  std::copy(source.begin(), source.end(), message + schema::kFields[IndexOf("inet_diag_msg_socket_source")].offset);
  std::copy(peer.begin(), peer.end(), message + schema::kFields[IndexOf("inet_diag_msg_socket_destination")].offset);
}

const EncodeOptions kDefault{Format::kTable, Epoch::k2, {}};

TEST(Table, DefaultColumnsLineUpWithTheirTitles) {
  MadeSocket made;
  made.context.netns = "blue";
  SetAddresses(made, 2, {192, 0, 2, 1}, {198, 51, 100, 7});
  made.Set("inet_diag_msg_state", 1);
  made.Set("inet_diag_msg_socket_source_port", 443);
  made.Set("inet_diag_msg_rqueue", 17);
  made.Set("tcp_info_rtt", 45123);
  made.Set("tcp_info_snd_cwnd", 10);
  std::memcpy(made.socket.row.cong, "cubic", 5);
  const std::string header = MakeFraming(kDefault).header;
  const std::string row = Row(kDefault, made);
  const std::vector<std::string> titles = Words(header), values = Words(row);
  EXPECT_EQ(titles, (std::vector<std::string>{"netns", "state", "local", "peer", "rqueue", "wqueue", "rtt_us", "cwnd",
                                              "retrans", "acked", "received", "cong"}));
  EXPECT_EQ(values, (std::vector<std::string>{"blue", "ESTABLISHED", "192.0.2.1:443", "198.51.100.7:*", "17", "0",
                                              "45123", "10", "0", "0", "0", "cubic"}));
  size_t from_title = 0, from_value = 0;
  for (size_t i = 0; i < titles.size(); ++i) {
    from_title = header.find(titles[i], from_title);
    from_value = row.find(values[i], from_value);
    const size_t title = from_title, value = from_value;
    from_title += titles[i].size();
    from_value += values[i].size();
    const bool begins = title == value, ends = from_title == from_value;
    EXPECT_TRUE(begins || ends) << titles[i] << '\n' << header << row;
  }
}

TEST(Table, Ipv6InBracketsAndMappedAsDottedQuad) {
  MadeSocket made;
  SetAddresses(made, 10, {0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1},
               {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 0, 0, 255});
  made.Set("inet_diag_msg_socket_source_port", 65535);
  made.Set("inet_diag_msg_socket_destination_port", 1);
  const std::vector<std::string> values = Words(Row(kDefault, made));
  EXPECT_EQ(values[2], "[2001:db8::1]:65535");
  EXPECT_EQ(values[3], "10.0.0.255:1");
}

TEST(Table, HostileAndLongTextsKeepTheLine) {
  std::mt19937_64 random(16);
  for (const char* nasty :
       {"\n\r\x1b[2J\x7f\xff\xc2\x9b\xe2\x80\xae", "", "-----------------------------------------------"}) {
    const MadeContext context(nasty);
    for (const Epoch epoch : {Epoch::k1, Epoch::k2}) {
      const auto all = schema::FieldsOf(epoch);
      EncodeOptions options{Format::kTable, epoch, {all.begin(), all.end()}};
      for (int round = 0; round < 20; ++round) {
        MadeSocket made;
        if (round % 2) made.SetContext(context.context);
        made.Randomize(random, static_cast<unsigned>(round % 5) * 25);
        if (round % 3 == 0) std::fill_n(made.socket.row.cong, 16, '\xff');
        for (char& c : made.socket.row.ulp) c = c == ' ' ? '_' : c;  // a blank in a value is a blank
        for (char& c : made.socket.row.cong) c = c == ' ' ? '_' : c;
        for (size_t i = 0; i < sizeof(xtcp2_ledger_facts); ++i)
          if (uint8_t& c = made.Part(schema::Part::kLedger)[i]; c == ' ') c = '_';
        const std::string row = Row(options, made);
        ASSERT_EQ(row.find('\n'), row.size() - 1);
        for (size_t i = 0; i + 1 < row.size(); ++i) ASSERT_GE(static_cast<uint8_t>(row[i]), 0x20);
        ASSERT_TRUE(wire::IsUtf8(row));
        ASSERT_EQ(Words(row).size(), all.size());
      }
      EXPECT_EQ(Words(MakeFraming(options).header).size(), all.size());
    }
  }
}

TEST(Table, ChosenFieldsInTheirOrderUnderTheEpochsNames) {
  MadeSocket made;
  made.Set("tcp_info_rttvar", 7);
  const EncodeOptions options{
      Format::kTable,
      Epoch::k1,
      {static_cast<uint16_t>(IndexOf("tcp_info_rttvar")), static_cast<uint16_t>(IndexOf("hostname"))}};
  EXPECT_EQ(MakeFraming(options).header, "tcp_info_rtt_var hostname\n");
  EXPECT_EQ(Row(options, made), "               7 -\n");
}

}  // namespace
}  // namespace xtcp2::encode
