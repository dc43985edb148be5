// jsonl and protoJson read back by nlohmann::json and, with the schema exported from the table, by libprotobuf.
#include "encode/json.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "encode/record_for_test.h"
#include "encode/socket_for_test.h"

namespace xtcp2::encode {
namespace {

using nlohmann::ordered_json;
using schema::Epoch;
using schema::Field;
using schema::Type;

constexpr char kNasty[] = "\"\\\n\x01<&>\xff\xe2\x82\xac\xe2\x82";

template <class Encoder>
std::string Rows(WithContext<Encoder>& encoder, const MadeSocket& made) {
  Buffer rows;
  encoder.SetContext(made.context);
  encoder.Append(made.socket, rows);
  return std::string(rows.text());
}

// Base64 by the letter of RFC 4648: bits in order, six to a letter, padded to four letters.
std::string Base64Of(std::string_view bytes) {
  constexpr char kLetters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (size_t bit = 0; bit < bytes.size() * 8; bit += 6) {
    unsigned six = 0;
    for (size_t b = bit; b < bit + 6; ++b)
      six = six << 1 | (b / 8 < bytes.size() ? static_cast<uint8_t>(bytes[b / 8]) >> (7 - b % 8) & 1 : 0);
    out += kLetters[six];
  }
  return out.append((4 - out.size() % 4) % 4, '=');
}

// The value protojson gives a field, or null where it leaves it out.
ordered_json Expected(const Field& field, const schema::Socket& socket) {
  const uint64_t number = ReadNumber(field, socket);
  const std::string_view text = ReadText(field, socket);
  switch (field.type) {
    case Type::kString:
      return text.empty() ? ordered_json() : ordered_json(Repaired(text));
    case Type::kBytes:
      return text.empty() ? ordered_json() : ordered_json(Base64Of(text));
    default:
      break;
  }
  if (number == 0) return nullptr;
  if (field.type == Type::kUint64) return std::to_string(number);
  if (field.type == Type::kInt64) return std::to_string(static_cast<int64_t>(number));
  if (field.type == Type::kUint32) return number;
  const std::string_view name = EnumValueName(field.enumeration, number);
  return name.empty() ? ordered_json(static_cast<int32_t>(number)) : ordered_json(name);
}

ordered_json ExpectedRow(const MadeSocket& made, const EncodeOptions& options) {
  ordered_json row = ordered_json::object();
  for (const uint16_t i : schema::FieldsOf(options.epoch)) {
    if (!options.fields.empty() && std::count(options.fields.begin(), options.fields.end(), i) == 0) continue;
    const Field& field = schema::kFields[i];
    const ordered_json value = Expected(field, made.socket);
    if (!value.is_null()) row[schema::JsonName(field.Name(options.epoch))] = value;
  }
  return row;
}

TEST(Jsonl, EveryFieldInBothEpochsAllAndChosen) {
  const MadeContext context(kNasty);
  std::mt19937_64 random(10);
  for (int round = 0; round < 60; ++round) {
    MadeSocket made;
    if (round % 4 != 0) made.SetContext(context.context);
    made.Randomize(random, static_cast<unsigned>(round % 5) * 25);
    for (const Epoch epoch : {Epoch::k1, Epoch::k2}) {
      EncodeOptions options{Format::kJsonl, epoch, {}};
      if (round % 3 == 0)
        for (int n = 0; n < 40; ++n) options.fields.push_back(static_cast<uint16_t>(random() % schema::kFieldCount));
      WithContext<JsonlEncoder> encoder(options);
      const std::string row = Rows(encoder, made);
      ASSERT_EQ(row.back(), '\n');
      ASSERT_EQ(row.find('\n'), row.size() - 1);
      ASSERT_EQ(ordered_json::parse(row).dump(), ExpectedRow(made, options).dump());  // values and their order
    }
  }
}

TEST(Jsonl, ASocketOfZerosHasOnlyItsAddresses) {
  MadeSocket made;
  for (const schema::Field& field : schema::kFields)  // some facts of a context are never zero in life
    if (field.part == schema::Part::kContext && !field.IsText()) made.Set(field, 0);
  WithContext<JsonlEncoder> encoder({Format::kJsonl, Epoch::k2, {}});
  EXPECT_EQ(Rows(encoder, made),
            "{\"inetDiagMsgSocketSource\":\"AAAAAAAAAAAAAAAAAAAAAA==\","
            "\"inetDiagMsgSocketDestination\":\"AAAAAAAAAAAAAAAAAAAAAA==\"}\n");
}

TEST(Jsonl, ARowWithoutFieldsIsAnEmptyObject) {
  MadeSocket made;
  WithContext<JsonlEncoder> encoder(
      {Format::kJsonl, Epoch::k2, {static_cast<uint16_t>(schema::IndexOf("tcp_info_rtt"))}});
  EXPECT_EQ(Rows(encoder, made), "{}\n");
}

TEST(Jsonl, TheContextCanChangeBetweenDumps) {
  MadeSocket made;
  WithContext<JsonlEncoder> encoder({Format::kJsonl, Epoch::k2, {}});
  for (const std::string netns : {"a", "a much longer name of a namespace", ""}) {
    schema::Context context;
    context.netns = netns;
    context.timestamp_ns = -5;
    made.SetContext(context);
    const auto row = ordered_json::parse(Rows(encoder, made));
    EXPECT_EQ(row.value("netns", ""), netns);
    EXPECT_EQ(row["timestampNs"], "-5");
  }
}

TEST(ProtoJson, APayloadIsOneEnvelopeForLibprotobuf) {
  const MadeContext context(kNasty);
  std::mt19937_64 random(11);
  for (const Epoch epoch : {Epoch::k1, Epoch::k2}) {
    const RecordForTest record(epoch);
    const EncodeOptions options{Format::kProtoJson, epoch, {}};
    WithContext<ProtoJsonEncoder> encoder(options);
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
    EXPECT_EQ(record.RowsOfJson(Payload(MakeFraming(options), expected.size(), rows)), expected);
  }
}

TEST(ProtoJson, AnEnvelopeWithoutRowsIsWellFormed) {
  const Framing framing = MakeFraming({Format::kProtoJson, Epoch::k2, {}});
  EXPECT_EQ(Payload(framing, 0, Buffer()), "{\"row\":[]}\n");
}

}  // namespace
}  // namespace xtcp2::encode
