#include "wire/varint.h"

#include <google/protobuf/io/coded_stream.h>

#include "wire/put_for_test.h"

namespace xtcp2::wire {
namespace {

TEST(Varint, IsReadByLibprotobufAtEveryLength) {
  for (int bit = 0; bit <= 64; ++bit)
    for (int near : {-1, 0, 1}) {
      const uint64_t value = (bit == 64 ? 0 : uint64_t{1} << bit) + static_cast<uint64_t>(near);
      const std::string out = Written(kMaxVarint, [&](uint8_t* at) { return PutVarint(at, value); });
      google::protobuf::io::CodedInputStream in(reinterpret_cast<const uint8_t*>(out.data()),
                                                static_cast<int>(out.size()));
      uint64_t read = 0;
      ASSERT_TRUE(in.ReadVarint64(&read));
      EXPECT_EQ(read, value);
      EXPECT_EQ(static_cast<size_t>(in.CurrentPosition()), out.size());
      EXPECT_EQ(VarintSize(value), out.size());
    }
}

}  // namespace
}  // namespace xtcp2::wire
