// What a batch does to memory on its way to the destination, once it is warm: nothing. This file replaces the program's
// operator new by one that counts.
#include <gtest/gtest.h>

#include "base/counting_new.h"
#include "ship/destinations.h"
#include "ship/shipper.h"
#include "ship/test_support.h"

namespace xtcp2::ship {
namespace {

void PushSome(Shipper& shipper, encode::BatchPool& pool, int batches) {
  for (int i = 0; i < batches; ++i) {
    encode::PooledBatch batch = pool.Take();
    for (int row = 0; row < 100; ++row) {
      batch->rows.Append("a row of a batch");
      batch->row_end.push_back(static_cast<uint32_t>(batch->rows.size()));
    }
    ASSERT_TRUE(shipper.Push(std::move(batch)));
    ASSERT_TRUE(shipper.Drain(std::chrono::seconds(60)));
  }
}

TEST(ShipperAllocations, NonePerBatchOnceWarm) {
  encode::BatchPool pool(8);
  const DestSpec spec = ParseDest("null").value();
  Shipper shipper(MakeDestination(spec, {}, {}).value(), spec, {});
  PushSome(shipper, pool, 40);
  const uint64_t before = allocations;
  PushSome(shipper, pool, 500);
  EXPECT_EQ(allocations - before, 0u);
  const std::vector<int> some(100);
  EXPECT_GT(allocations - before, 0u) << "the counter does not count, of " << some.size();
}

}  // namespace
}  // namespace xtcp2::ship
