// The table against libprotobuf's reading of the committed .proto: what a consumer's generated code believes is what
// encoders write.
#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include "schema/names.h"
#include "schema/table.h"
#include "xtcp_flat_record/v1/xtcp_flat_record.pb.h"

namespace xtcp2::schema {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;

const Descriptor& Record() { return *xtcp_flat_record::v1::XtcpFlatRecord::descriptor(); }

FieldDescriptor::Type WireType(Type type) {
  switch (type) {
    case Type::kUint32:
      return FieldDescriptor::TYPE_UINT32;
    case Type::kUint64:
      return FieldDescriptor::TYPE_UINT64;
    case Type::kInt64:
      return FieldDescriptor::TYPE_INT64;
    case Type::kString:
      return FieldDescriptor::TYPE_STRING;
    case Type::kBytes:
      return FieldDescriptor::TYPE_BYTES;
    case Type::kEnum:
      return FieldDescriptor::TYPE_ENUM;
  }
  return FieldDescriptor::TYPE_GROUP;
}

void ExpectSameEnum(const EnumDescriptor& theirs, Enumeration ours) {
  EXPECT_EQ(theirs.name(), EnumTypeName(ours));
  ASSERT_EQ(static_cast<size_t>(theirs.value_count()), EnumValues(ours).size()) << theirs.name();
  for (const EnumValue& value : EnumValues(ours)) {
    const auto* found = theirs.FindValueByNumber(static_cast<int>(value.number));
    ASSERT_NE(found, nullptr) << value.name;
    EXPECT_EQ(found->name(), value.name);
    EXPECT_EQ(EnumValueName(ours, value.number), value.name);
    EXPECT_TRUE(value.name.starts_with(EnumPrefix(ours)));
  }
}

TEST(Proto, EveryFieldOfTheTableIsInIt) {
  for (const uint16_t i : FieldsOf(Epoch::k2)) {
    const Field& field = kFields[i];
    const FieldDescriptor* found = Record().FindFieldByNumber(field.number);
    ASSERT_NE(found, nullptr) << field.name;
    EXPECT_EQ(found->name(), field.name);
    EXPECT_EQ(found->json_name(), JsonName(field.name));
    EXPECT_EQ(found->type(), WireType(field.type)) << field.name;
    EXPECT_FALSE(found->is_repeated() || found->has_presence()) << field.name;
    if (field.type == Type::kEnum) ExpectSameEnum(*found->enum_type(), field.enumeration);
  }
}

TEST(Proto, NothingElseIsInIt) {
  EXPECT_EQ(static_cast<size_t>(Record().field_count()), FieldsOf(Epoch::k2).size());
  EXPECT_EQ(Record().full_name(), "xtcp_flat_record.v1.XtcpFlatRecord");
  for (const int number : {301, 302, 1011, 1012, 1018, 1019, 2103})
    EXPECT_TRUE(Record().IsReservedNumber(number)) << number;
}

TEST(Proto, EnvelopeAndServiceAreWhatConsumersKnow) {
  const auto* row = xtcp_flat_record::v1::Envelope::descriptor()->FindFieldByNumber(10);
  ASSERT_NE(row, nullptr);
  EXPECT_EQ(row->name(), "row");
  EXPECT_TRUE(row->is_repeated());
  EXPECT_EQ(row->message_type(), &Record());
  const auto* service = Record().file()->FindServiceByName("XTCPFlatRecordService");
  ASSERT_NE(service, nullptr);
  const auto* flat = service->FindMethodByName("FlatRecords");
  const auto* poll = service->FindMethodByName("PollFlatRecords");
  ASSERT_TRUE(flat != nullptr && poll != nullptr);
  EXPECT_TRUE(flat->server_streaming() && !flat->client_streaming());
  EXPECT_TRUE(poll->server_streaming() && poll->client_streaming());
  for (const auto* method : {flat, poll})
    EXPECT_EQ(method->output_type()->FindFieldByNumber(1)->name(), "xtcp_flat_record");
}

}  // namespace
}  // namespace xtcp2::schema
