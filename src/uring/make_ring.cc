// Setting a ring up, and what it takes.
#include <bit>

#include "uring/explain.h"
#include "uring/ring.h"

namespace xtcp2::uring {
namespace {

constexpr size_t kPage = 4096;
constexpr size_t RoundUp(size_t bytes) { return (bytes + kPage - 1) / kPage * kPage; }

unsigned Entries(const RingOptions& options) { return std::bit_ceil(options.operations); }

// io_rings (include/linux/io_uring_types.h) with completions and the array of indices, then the submissions.
size_t RingBytes(unsigned entries) {
  constexpr size_t kHead = 512;  // generous
  return RoundUp(kHead + entries * (sizeof(io_uring_cqe) + sizeof(uint32_t))) + RoundUp(entries * sizeof(io_uring_sqe));
}

}  // namespace

size_t RequiredBytes(const RingOptions& options) {
  return RingBytes(Entries(options)) + BufferRing::RequiredBytes(options.buffers);
}

Result<std::unique_ptr<Ring>> Ring::Make(const RingOptions& options, Calls& calls) {
  constexpr unsigned kMostEntries = 32'768;  // IORING_MAX_ENTRIES
  XTCP2_CHECK(options.operations >= 1 && Entries(options) <= kMostEntries && options.completion_batch >= 1,
              "an io_uring of impossible size");
  std::unique_ptr<Ring> made(new Ring(options, calls));
  const auto set_up = [&] {
    io_uring_params params{};
    // Disabled at first: the thread that enables it is the one issuer.
    params.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_SUBMIT_ALL |
                   IORING_SETUP_R_DISABLED | IORING_SETUP_CQSIZE;
    params.cq_entries = Entries(options);  // the default is twice as many
    return calls.Init(Entries(options), &made->ring_, &params);
  };
  const size_t bytes = RingBytes(Entries(options));
  int code = set_up();
  if (code == -ENOMEM && RaiseMemlock(bytes)) code = set_up();
  if (code < 0) return tl::unexpected(ExplainSetup(-code, bytes, calls));
  made->set_up_ = true;
  if (const Result<> able = CheckFeatures(&made->ring_, calls); !able) return tl::unexpected(able.error());
  if (options.buffers.count > 0) {
    Result<std::unique_ptr<BufferRing>> buffers = BufferRing::Make(options.buffers, &made->ring_, calls);
    if (!buffers && buffers.error().code == ENOMEM && RaiseMemlock(BufferRing::RequiredBytes(options.buffers)))
      buffers = BufferRing::Make(options.buffers, &made->ring_, calls);
    if (!buffers) return tl::unexpected(ExplainSetup(buffers.error().code, RequiredBytes(options), calls));
    made->buffers_ = std::move(*buffers);
  }
  made->limit_ = made->ring_.sq.ring_entries;
  made->memory_bytes_ = made->ring_.sq.ring_sz + made->ring_.sq.ring_entries * sizeof(io_uring_sqe) +
                        BufferRing::RequiredBytes(options.buffers);
  return made;
}

}  // namespace xtcp2::uring
