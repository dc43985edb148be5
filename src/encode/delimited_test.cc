// csv and tsv read back by a reader written from RFC 4180; humanize by nlohmann::json. The words are worked out here
// once more, from the C library where it has them.
#include "encode/delimited.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>

#include <ctime>
#include <nlohmann/json.hpp>

#include "encode/humanize.h"
#include "encode/socket_for_test.h"

namespace xtcp2::encode {
namespace {

using schema::Epoch;
using schema::Field;
using schema::IndexOf;
using schema::Type;

using Records = std::vector<std::vector<std::string>>;

Records ReadDelimited(std::string_view text, char delimiter) {
  Records records;
  std::vector<std::string> record(1);
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"' && record.back().empty()) {
      for (++i; i < text.size() && (text[i] != '"' || (i + 1 < text.size() && text[i + 1] == '"')); ++i) {
        record.back() += text[i];
        i += text[i] == '"';
      }
    } else if (text[i] == delimiter) {
      record.emplace_back();
    } else if (text[i] == '\n') {
      records.push_back(std::move(record));
      record.assign(1, "");
    } else {
      record.back() += text[i];
    }
  }
  EXPECT_TRUE(record.size() == 1 && record[0].empty()) << "the last line has no end";
  return records;
}

std::string TimeOf(int64_t ns) {
  if (ns <= 0) return "";
  const time_t seconds = ns / 1'000'000'000;
  tm parts;
  gmtime_r(&seconds, &parts);
  char text[64];
  std::string out(text, strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts));
  std::string fraction = std::to_string(1'000'000'000 + ns % 1'000'000'000).substr(1);
  while (!fraction.empty() && fraction.back() == '0') fraction.pop_back();
  return out + (fraction.empty() ? "" : "." + fraction) + "Z";
}

std::string AddressOf(const schema::Socket& socket, std::string_view bytes) {
  char text[INET6_ADDRSTRLEN];
  const bool v4 = socket[schema::Part::kMsg][0] == AF_INET;
  std::string out = inet_ntop(v4 ? AF_INET : AF_INET6, bytes.data(), text, sizeof text);
  if (v4 || out.find('.') == out.npos) return out;
  if (out.starts_with("::ffff:")) return out.substr(7);
  // inet_ntop still writes IPv4-compatible addresses with dots; RFC 5952 and Go do not.
  const uint8_t* low = AsBytes(bytes).data() + 12;
  snprintf(text, sizeof text, "::%x:%x", LoadBig<uint16_t>(low), LoadBig<uint16_t>(low + 2));
  return text;
}

std::string Humanized(const Field& field, const schema::Socket& socket) {
  const uint64_t number = ReadNumber(field, socket);
  if (field.type == Type::kString) return Repaired(ReadText(field, socket));
  if (field.type == Type::kBytes) return AddressOf(socket, ReadText(field, socket));
  if (field.name == "timestamp_ns") return TimeOf(static_cast<int64_t>(number));
  if (field.name == "inet_diag_msg_state" || field.name == "tcp_info_state")
    return number >= 1 && number <= 12 ? std::string(schema::StateName(number)) : std::to_string(number);
  if (field.type != Type::kEnum) return std::to_string(number);
  if (number == 0) return "";
  const std::string name(EnumValueName(field.enumeration, number));
  return name.empty() ? std::to_string(static_cast<int32_t>(number))
                      : name.substr(EnumPrefix(field.enumeration).size());
}

constexpr char kNasty[] = "\"\"\n\r,\t'\xff\xe2\x82\xac\xe2\x82";

template <class Encoder>
void ExpectReadBack(Format format, char delimiter) {
  const MadeContext context(kNasty);
  std::mt19937_64 random(14);
  for (int round = 0; round < 60; ++round)
    for (const Epoch epoch : {Epoch::k1, Epoch::k2}) {
      EncodeOptions options{format, epoch, {}};
      const auto all = schema::FieldsOf(epoch);
      for (int n = round % 3 * 20; n > 0; --n)
        options.fields.push_back(all[random() % all.size()]);  // any order, repeated
      MadeSocket made;
      if (round % 2) made.SetContext(context.context);
      made.Randomize(random, static_cast<unsigned>(round % 5) * 25);
      Records expected(2);
      for (const uint16_t i : options.fields.empty() ? std::vector<uint16_t>(all.begin(), all.end()) : options.fields) {
        expected[0].push_back(schema::JsonName(schema::kFields[i].Name(epoch)));
        expected[1].push_back(Humanized(schema::kFields[i], made.socket));
      }
      WithContext<Encoder> encoder(options);
      encoder.SetContext(made.context);
      Buffer rows;
      rows.Append(MakeFraming(options).header);
      encoder.Append(made.socket, rows);
      ASSERT_EQ(ReadDelimited(rows.text(), delimiter), expected);
    }
}

TEST(Csv, EveryFieldInBothEpochsAllAndChosen) { ExpectReadBack<CsvEncoder>(Format::kCsv, ','); }
TEST(Tsv, EveryFieldInBothEpochsAllAndChosen) { ExpectReadBack<TsvEncoder>(Format::kTsv, '\t'); }

// Rows of every column take another way than rows of chosen ones; a repeated column makes the one into the other.
template <class Encoder>
void ExpectBothWaysAlike(Format format, char delimiter) {
  std::mt19937_64 random(15);
  const char* const names[] = {"cubic",    "",     "\\.",  "a,b",  "a\tb",     "x\"y",      " x",
                               "bbr-2",    "n\nn", "r\rr", "\xff", "eight888", "nine99999", "sixteen_bytes_ok",
                               "\x01\x7f", "/0:9"};
  for (int round = 0; round < 400; ++round)
    for (const Epoch epoch : {Epoch::k1, Epoch::k2}) {
      MadeSocket made;
      made.Randomize(random, static_cast<unsigned>(round % 101));
      const char* const name = names[static_cast<size_t>(round) % std::size(names)];
      std::memset(made.socket.row.cong, 0, 16);
      std::memcpy(made.socket.row.cong, name, std::min<size_t>(strlen(name), 16));
      if (round % 3 == 0) made.socket.row.congestion = static_cast<uint32_t>(random() % 20);
      const auto all = schema::FieldsOf(epoch);
      EncodeOptions chosen{format, epoch, {all.begin(), all.end()}};
      WithContext<Encoder> of_all(chosen);
      chosen.fields.push_back(static_cast<uint16_t>(schema::IndexOf("tcp_info_rtt")));
      WithContext<Encoder> of_chosen(chosen);
      of_all.SetContext(made.context);
      of_chosen.SetContext(made.context);
      Buffer one, other;
      of_all.Append(made.socket, one);
      of_chosen.Append(made.socket, other);
      const std::string rtt = std::to_string(schema::Number<schema::IndexOf("tcp_info_rtt")>(made.socket));
      const std::string expected = std::string(one.text().substr(0, one.size() - 1)) + delimiter + rtt + '\n';
      ASSERT_EQ(other.text(), expected);
    }
}
TEST(Csv, RowsOfAllColumnsAreThoseOfThePlan) { ExpectBothWaysAlike<CsvEncoder>(Format::kCsv, ','); }
TEST(Tsv, RowsOfAllColumnsAreThoseOfThePlan) { ExpectBothWaysAlike<TsvEncoder>(Format::kTsv, '\t'); }

TEST(Csv, ALineOfOneEmptyValueIsNotBlank) {
  MadeSocket made;
  WithContext<CsvEncoder> encoder({Format::kCsv, Epoch::k2, {static_cast<uint16_t>(IndexOf("label"))}});
  Buffer rows;
  encoder.Append(made.socket, rows);
  EXPECT_EQ(rows.text(), "\"\"\n");
}

TEST(Humanize, IsJsonlInWordsWithSortedKeys) {
  using nlohmann::ordered_json;
  const MadeContext context(kNasty);
  std::mt19937_64 random(15);
  for (int round = 0; round < 60; ++round)
    for (const Epoch epoch : {Epoch::k1, Epoch::k2}) {
      MadeSocket made;
      if (round % 2) made.SetContext(context.context);
      made.Randomize(random, static_cast<unsigned>(round % 5) * 25);
      WithContext<HumanizeEncoder> encoder({Format::kHumanize, epoch, {}});
      encoder.SetContext(made.context);
      Buffer rows;
      encoder.Append(made.socket, rows);
      nlohmann::json expected = nlohmann::json::object();  // sorts its keys
      for (const uint16_t i : schema::FieldsOf(epoch)) {
        const Field& field = schema::kFields[i];
        const uint64_t number = ReadNumber(field, made.socket);
        if (number == 0 && ReadText(field, made.socket).empty()) continue;
        const bool bare =
            field.type == Type::kUint32 && field.name != "inet_diag_msg_state" && field.name != "tcp_info_state";
        auto& value = expected[schema::JsonName(field.Name(epoch))];
        if (bare)
          value = number;
        else
          value = Humanized(field, made.socket);
      }
      ASSERT_EQ(ordered_json::parse(rows.text()).dump(), expected.dump());
      ASSERT_EQ(rows.text().back(), '\n');
    }
}

TEST(Humanize, WhatMattersInHtmlIsEscaped) {
  MadeSocket made;
  made.context.label = "<b>&";
  WithContext<HumanizeEncoder> encoder({Format::kHumanize, Epoch::k2, {static_cast<uint16_t>(IndexOf("label"))}});
  encoder.SetContext(made.context);
  Buffer rows;
  encoder.Append(made.socket, rows);
  EXPECT_EQ(rows.text(), "{\"label\":\"\\u003cb\\u003e\\u0026\"}\n");
}

TEST(Humanize, EnumsAndStatesThatHaveNoName) {
  MadeSocket made;
  made.Set("inet_diag_msg_state", 99);
  made.socket.row.congestion = 77;
  WithContext<HumanizeEncoder> encoder(
      {Format::kHumanize,
       Epoch::k1,
       {static_cast<uint16_t>(IndexOf("inet_diag_msg_state")), static_cast<uint16_t>(IndexOf("inet_diag_cong_enum"))}});
  Buffer rows;
  encoder.Append(made.socket, rows);
  EXPECT_EQ(rows.text(), "{\"congestionAlgorithmEnum\":\"77\",\"inetDiagMsgState\":\"99\"}\n");
}

}  // namespace
}  // namespace xtcp2::encode
