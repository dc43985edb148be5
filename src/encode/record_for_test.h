// The record as libprotobuf knows it, from the .proto that the table exports: what a socket should become, and a reader
// of protobuf's JSON and text formats that shares no code with ours. For the tests of this folder.
#pragma once

#include <google/protobuf/compiler/parser.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/dynamic_message.h>
#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/text_format.h>
#include <google/protobuf/util/json_util.h>
#include <google/protobuf/util/type_resolver_util.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "encode/socket_for_test.h"
#include "schema/export.h"

namespace xtcp2::encode {

class RecordForTest {
 public:
  explicit RecordForTest(schema::Epoch epoch) : epoch_(epoch) {
    const std::string text = schema::ExportProto(epoch);
    google::protobuf::io::ArrayInputStream stream(text.data(), static_cast<int>(text.size()));
    google::protobuf::io::Tokenizer tokenizer(&stream, nullptr);
    google::protobuf::FileDescriptorProto file;
    file.set_name("record.proto");
    EXPECT_TRUE(google::protobuf::compiler::Parser().Parse(&tokenizer, &file));
    const auto* built = pool_.BuildFile(file);
    row_ = built->FindMessageTypeByName("XtcpFlatRecord");
    envelope_ = built->FindMessageTypeByName("Envelope");
  }

  // The socket as a serialized XtcpFlatRecord, set field by field through reflection.
  std::string Serialized(const schema::Socket& socket) const {
    const Owned row = New(row_);
    for (const uint16_t i : schema::FieldsOf(epoch_)) Set(*row, schema::kFields[i], socket);
    return row->SerializeAsString();
  }

  // The rows of an Envelope in JSON or in text format, each serialized again; fails the test where it does not parse.
  std::vector<std::string> RowsOfJson(const std::string& json) const {
    const std::unique_ptr<google::protobuf::util::TypeResolver> types(
        google::protobuf::util::NewTypeResolverForDescriptorPool("type", &pool_));
    std::string binary;
    const auto status =
        google::protobuf::util::JsonToBinaryString(types.get(), "type/" + envelope_->full_name(), json, &binary);
    EXPECT_TRUE(status.ok()) << status.ToString();
    const Owned envelope = New(envelope_);
    EXPECT_TRUE(envelope->ParseFromString(binary));
    return Rows(*envelope);
  }
  std::vector<std::string> RowsOfText(const std::string& text) const {
    const Owned envelope = New(envelope_);
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, envelope.get()));
    return Rows(*envelope);
  }

 private:
  using Owned = std::unique_ptr<google::protobuf::Message>;

  Owned New(const google::protobuf::Descriptor* of) const { return Owned(factory_.GetPrototype(of)->New()); }

  std::vector<std::string> Rows(const google::protobuf::Message& envelope) const {
    const auto* rows = envelope_->FindFieldByName("row");
    std::vector<std::string> out;
    for (int i = 0; i < envelope.GetReflection()->FieldSize(envelope, rows); ++i)
      out.push_back(envelope.GetReflection()->GetRepeatedMessage(envelope, rows, i).SerializeAsString());
    return out;
  }

  void Set(google::protobuf::Message& row, const schema::Field& field, const schema::Socket& socket) const {
    const auto* at = row_->FindFieldByNumber(field.Number(epoch_));
    ASSERT_NE(at, nullptr) << field.name;
    const google::protobuf::Reflection& set = *row.GetReflection();
    const uint64_t number = ReadNumber(field, socket);
    const std::string_view text = ReadText(field, socket);
    switch (field.type) {
      case schema::Type::kUint32:
        return set.SetUInt32(&row, at, static_cast<uint32_t>(number));
      case schema::Type::kUint64:
        return set.SetUInt64(&row, at, number);
      case schema::Type::kInt64:
        return set.SetInt64(&row, at, static_cast<int64_t>(number));
      case schema::Type::kEnum:
        return set.SetEnumValue(&row, at, static_cast<int>(number));
      case schema::Type::kString:
        return set.SetString(&row, at, Repaired(text));
      case schema::Type::kBytes:
        return set.SetString(&row, at, std::string(text));
    }
  }

  const schema::Epoch epoch_;
  google::protobuf::DescriptorPool pool_;
  mutable google::protobuf::DynamicMessageFactory factory_;
  const google::protobuf::Descriptor* row_ = nullptr;
  const google::protobuf::Descriptor* envelope_ = nullptr;
};

}  // namespace xtcp2::encode
