// The row encoder against libprotobuf: the same values, set by reflection on a message of the exported schema, must
// serialize to the same bytes, for both epochs.
#include "encode/protobuf.h"

#include <google/protobuf/compiler/parser.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/dynamic_message.h>
#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <gtest/gtest.h>

#include <memory>
#include <random>

#include "encode/fields.h"
#include "encode/socket_for_test.h"
#include "schema/export.h"

namespace xtcp2::encode {
namespace {

namespace pb = google::protobuf;
using schema::Epoch;
using schema::Field;

// The record as libprotobuf knows it.
class Truth {
 public:
  explicit Truth(Epoch epoch) {
    const std::string text = schema::ExportProto(epoch);
    pb::io::ArrayInputStream stream(text.data(), static_cast<int>(text.size()));
    pb::io::Tokenizer tokenizer(&stream, nullptr);
    pb::FileDescriptorProto file;
    file.set_name("record.proto");
    EXPECT_TRUE(pb::compiler::Parser().Parse(&tokenizer, &file));
    descriptor_ = pool_.BuildFile(file)->FindMessageTypeByName("XtcpFlatRecord");
  }

  std::string Serialize(const schema::Socket& socket, Epoch epoch, const std::vector<uint16_t>& fields) {
    const std::unique_ptr<pb::Message> message(factory_.GetPrototype(descriptor_)->New());
    for (const uint16_t i : fields) Set(*message, schema::kFields[i], epoch, socket);
    return message->SerializeAsString();
  }

 private:
  static void Set(pb::Message& message, const Field& field, Epoch epoch, const schema::Socket& socket) {
    const pb::FieldDescriptor* at = message.GetDescriptor()->FindFieldByNumber(field.Number(epoch));
    ASSERT_NE(at, nullptr) << field.name;
    const uint64_t number = ReadNumber(field, socket);
    const std::string text(ReadText(field, socket));
    const pb::Reflection& set = *message.GetReflection();
    switch (at->cpp_type()) {
      case pb::FieldDescriptor::CPPTYPE_UINT32:
        set.SetUInt32(&message, at, static_cast<uint32_t>(number));
        break;
      case pb::FieldDescriptor::CPPTYPE_UINT64:
        set.SetUInt64(&message, at, number);
        break;
      case pb::FieldDescriptor::CPPTYPE_INT64:
        set.SetInt64(&message, at, static_cast<int64_t>(number));
        break;
      case pb::FieldDescriptor::CPPTYPE_ENUM:
        set.SetEnumValue(&message, at, static_cast<int>(number));
        break;
      case pb::FieldDescriptor::CPPTYPE_STRING:
        set.SetString(&message, at, text);
        break;
      default:
        FAIL() << field.name;
    }
  }

  pb::DescriptorPool pool_;
  pb::DynamicMessageFactory factory_;
  const pb::Descriptor* descriptor_ = nullptr;
};

// A socket whose every part holds random bytes; a share of the bytes is zero, as in life.
class RandomSocket {
 public:
  RandomSocket(std::mt19937_64& random, unsigned zero_percent, const schema::Context& context) {
    for (auto& part : parts_)
      for (uint8_t& byte : part) byte = random() % 100 < zero_percent ? 0 : static_cast<uint8_t>(random());
    for (size_t i = 0; i < parts_.size(); ++i) socket.part[i] = parts_[i].data();
    socket.row = {random() % 1000, random(), 1, 280, static_cast<uint32_t>(random() % 8), 1, 2, 3, 0, {}, {}};
    std::memcpy(socket.row.cong, "bbr", 3);
    socket.part[schema::Index(schema::Part::kRow)] = reinterpret_cast<const uint8_t*>(&socket.row);
    socket.part[schema::Index(schema::Part::kContext)] = reinterpret_cast<const uint8_t*>(&context);
  }
  schema::Socket socket;

 private:
  std::array<std::array<uint8_t, 512>, 24> parts_;
};

schema::Context SomeContext() {
  schema::Context context;
  context.hostname = "host";
  context.netns = "blue";
  context.netns_inode = 4026531840;
  context.timestamp_ns = 1'790'000'000'000'000'000;
  context.label = "\xc3\xa4";
  context.uplink2.nic_speed_mbps = 25000;
  context.collector = 1;
  context.boot_id = ~uint64_t{0};
  return context;
}

// The row without its tag and length, which are checked here.
std::string Body(Bytes row) {
  EXPECT_EQ(row[0], 0x52);
  size_t length = 0;
  size_t at = 1;
  for (int shift = 0;; shift += 7) {
    length |= static_cast<size_t>(row[at] & 0x7f) << shift;
    if (row[at++] < 0x80) break;
  }
  EXPECT_EQ(row.size(), at + length);
  return std::string(AsText(row.subspan(at)));
}

template <Epoch E>
void Compare(const EncodeOptions& options) {
  std::mt19937_64 random(11);
  Truth truth(E);
  const schema::Context context = SomeContext();
  WithContext<ProtobufEncoder> encoder(options);
  encoder.SetContext(context);
  const std::vector<uint16_t> fields = FieldsByNumber(options);
  for (int i = 0; i < 500; ++i) {
    const RandomSocket random_socket(random, static_cast<unsigned>(i % 101), context);
    Buffer rows;
    encoder.Append(random_socket.socket, rows);
    ASSERT_EQ(Body(rows.bytes()), truth.Serialize(random_socket.socket, E, fields)) << i;
  }
}

// Both ways of the encoder: for this processor and for any.
class ProtobufEncoderWays : public testing::TestWithParam<bool> {};
INSTANTIATE_TEST_SUITE_P(All, ProtobufEncoderWays, testing::Bool(),
                         [](const auto& way) { return way.param ? "Portable" : "ThisProcessor"; });

TEST_P(ProtobufEncoderWays, WriteWhatLibprotobufWritesInEpoch2) {
  Compare<Epoch::k2>({.epoch = Epoch::k2, .fields = {}, .portable = GetParam()});
}
TEST_P(ProtobufEncoderWays, WriteWhatLibprotobufWritesInEpoch1) {
  Compare<Epoch::k1>({.epoch = Epoch::k1, .fields = {}, .portable = GetParam()});
}

TEST_P(ProtobufEncoderWays, WriteNumbersOfEveryWidth) {
  Truth truth(Epoch::k2);
  WithContext<ProtobufEncoder> encoder({.epoch = Epoch::k2, .fields = {}, .portable = GetParam()});
  for (unsigned bits = 0; bits <= 64; ++bits)
    for (const bool lowest_too : {false, true}) {
      const uint64_t highest = bits == 0 ? 0 : uint64_t{1} << (bits - 1);
      MadeSocket made;
      for (const schema::Field& field : schema::kFields)
        if (field.load != schema::Load::kBits && field.load != schema::Load::kBytes16 && !field.IsText() &&
            field.part != schema::Part::kNone && field.type != schema::Type::kEnum)  // enums are never negative
          made.Set(field, highest | (lowest_too && bits > 1));
      encoder.SetContext(made.context);
      Buffer rows;
      encoder.Append(made.socket, rows);
      const auto all = schema::FieldsOf(Epoch::k2);
      ASSERT_EQ(Body(rows.bytes()), truth.Serialize(made.socket, Epoch::k2, {all.begin(), all.end()})) << bits;
    }
}

TEST_P(ProtobufEncoderWays, WriteNamesOfEveryLengthAndRepairThem) {
  Truth truth(Epoch::k2);
  const auto all = schema::FieldsOf(Epoch::k2);
  WithContext<ProtobufEncoder> encoder({.epoch = Epoch::k2, .fields = {}, .portable = GetParam()});
  for (size_t size = 0; size <= 16; ++size) {
    MadeSocket made;
    std::memset(made.socket.row.cong, 'c', size);
    std::memset(made.socket.row.ulp, 'u', 16 - size);
    encoder.SetContext(made.context);
    Buffer rows;
    encoder.Append(made.socket, rows);
    ASSERT_EQ(Body(rows.bytes()), truth.Serialize(made.socket, Epoch::k2, {all.begin(), all.end()})) << size;
  }
  MadeSocket made;
  std::memcpy(made.socket.row.cong,
              "b\xff"
              "r",
              3);
  Buffer rows;
  encoder.Append(made.socket, rows);
  EXPECT_NE(rows.text().find("\x05"
                             "b\xef\xbf\xbd"
                             "r"),
            std::string_view::npos);
}

TEST(ProtobufEncoder, WritesChosenFieldsOnlyInOrderOfNumber) {
  const std::vector<uint16_t> fields = {static_cast<uint16_t>(schema::IndexOf("tcp_info_rtt")),
                                        static_cast<uint16_t>(schema::IndexOf("netns")),
                                        static_cast<uint16_t>(schema::IndexOf("tcp_info_retransmits")),
                                        static_cast<uint16_t>(schema::IndexOf("boot_id"))};
  Compare<Epoch::k2>({.epoch = Epoch::k2, .fields = fields});
}

TEST(ProtobufEncoder, LengthsOfOneTwoAndThreeBytes) {
  std::mt19937_64 random(3);
  schema::Context context;
  Truth truth(Epoch::k2);
  for (const size_t host : {0, 100, 20000}) {
    const std::string hostname(host, 'h');
    context.hostname = hostname;
    const EncodeOptions options{.fields = {static_cast<uint16_t>(schema::IndexOf("hostname")),
                                           static_cast<uint16_t>(schema::IndexOf("record_counter"))}};
    WithContext<ProtobufEncoder> encoder(options);
    encoder.SetContext(context);
    const RandomSocket random_socket(random, 0, context);
    Buffer rows;
    rows.Append(std::string_view("before"));
    encoder.Append(random_socket.socket, rows);
    EXPECT_EQ(rows.text().substr(0, 6), "before");
    EXPECT_EQ(Body(rows.bytes().subspan(6)), truth.Serialize(random_socket.socket, Epoch::k2, options.fields));
  }
}

TEST(ProtobufEncoder, TextThatIsNotUtf8IsRepaired) {
  schema::Context context;
  context.hostname = "a\xffz";
  const EncodeOptions options{.fields = {static_cast<uint16_t>(schema::IndexOf("hostname"))}};
  WithContext<ProtobufEncoder> encoder(options);
  encoder.SetContext(context);
  schema::Socket socket;
  Buffer rows;
  encoder.Append(socket, rows);
  EXPECT_EQ(Body(rows.bytes()), std::string("\xa2\x01\x05") + "a\xef\xbf\xbdz");
}

}  // namespace
}  // namespace xtcp2::encode
