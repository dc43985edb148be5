// Why a Send failed and what follows from it. The mapping from errno, HTTP status and libcurl's codes to an answer is
// here and nowhere else.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "base/result.h"

namespace xtcp2::ship {

enum class FailureKind : uint8_t {
  kRetryable,    // the same rows again, after a pause
  kRejected,     // these rows will never be taken: drop them, go on with the next
  kFatal,        // this destination will never work again
  kInterrupted,  // Stop's deadline has passed
};

struct Failure {
  FailureKind kind = FailureKind::kRetryable;
  std::string_view
      cause;        // static; the label of the error counter: "timeout", "refused", "disk_full", "http_status", ...
  Error error;      // for people; holds no secrets
  size_t rows = 0;  // kRejected: how many, from the first unfinished one on
  int64_t retry_after_ms = 0;  // the peer asked for a pause of this length; 0: it did not
};

using SendResult = tl::expected<void, Failure>;

enum class PeerKind : uint8_t { kNetwork, kFile, kStandardStream };

// What a failed system call means for that kind of peer; error.code is the errno.
tl::unexpected<Failure> FailedCall(PeerKind peer, Error error);
// No progress within the deadline.
tl::unexpected<Failure> TimedOut(std::string what);
tl::unexpected<Failure> Interrupted();
// A name that leads nowhere.
tl::unexpected<Failure> LookupFailed(Error error);
// One row that is larger than any message may be.
tl::unexpected<Failure> RowTooLarge(std::string what);
// An HTTP answer other than 2xx and 413 for `rows` rows.
tl::unexpected<Failure> HttpAnswer(long status, size_t rows, int64_t retry_after_ms, std::string what);
// A request without an answer; `curl_code` is a CURLcode.
tl::unexpected<Failure> HttpTransport(int curl_code, std::string what);

}  // namespace xtcp2::ship
