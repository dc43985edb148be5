#include "ship/failure.h"

#include <curl/curl.h>

#include <cerrno>

namespace xtcp2::ship {
namespace {

std::string_view CauseOfErrno(int code) {
  switch (code) {
    case ENOSPC:
    case EDQUOT:
      return "disk_full";
    case EFBIG:
      return "file_size_limit";
    case ETIMEDOUT:
      return "timeout";
    case ECONNREFUSED:
    case ENOENT:
      return "refused";
    case ECONNRESET:
    case ECONNABORTED:
    case ENOTCONN:
    case EPIPE:
      return "closed";
    case EHOSTUNREACH:
    case ENETUNREACH:
    case ENETDOWN:
    case EHOSTDOWN:
      return "unreachable";
    case EACCES:
    case EPERM:
    case EROFS:
      return "permission";
    case EIO:
      return "io";
    default:
      return "other";
  }
}

std::string_view CauseOfCurl(int code) {
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
      return "lookup";
    case CURLE_COULDNT_CONNECT:
      return "refused";
    case CURLE_OPERATION_TIMEDOUT:
      return "timeout";
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE:
      return "closed";
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_CACERT_BADFILE:
      return "tls";
    default:
      return "other";
  }
}

tl::unexpected<Failure> Make(FailureKind kind, std::string_view cause, Error error) {
  return tl::unexpected<Failure>(Failure{kind, cause, std::move(error), 0, 0});
}

}  // namespace

tl::unexpected<Failure> FailedCall(PeerKind peer, Error error) {
  const int code = error.code;
  // A disk gets room, a peer comes back, a name appears; a reader of our output that has gone, or a terminal that was
  // hung up, does not return.
  const bool fatal = code == EBADF || (peer == PeerKind::kStandardStream &&
                                       (code == EPIPE || code == EIO || code == ECONNRESET || code == ENOTCONN));
  return Make(fatal ? FailureKind::kFatal : FailureKind::kRetryable, CauseOfErrno(code), std::move(error));
}

tl::unexpected<Failure> TimedOut(std::string what) {
  return Make(FailureKind::kRetryable, "timeout", {std::move(what), 0});
}

tl::unexpected<Failure> Interrupted() { return Make(FailureKind::kInterrupted, "interrupted", {"stopped", 0}); }

tl::unexpected<Failure> LookupFailed(Error error) { return Make(FailureKind::kRetryable, "lookup", std::move(error)); }

tl::unexpected<Failure> RowTooLarge(std::string what) {
  auto failure = Make(FailureKind::kRejected, "too_large", {std::move(what), 0});
  failure.value().rows = 1;
  return failure;
}

tl::unexpected<Failure> HttpAnswer(long status, size_t rows, int64_t retry_after_ms, std::string what) {
  const bool again = status == 408 || status == 429 || status >= 500;
  auto failure = Make(again ? FailureKind::kRetryable : FailureKind::kRejected,
                      status == 429   ? "http_429"
                      : status >= 500 ? "http_5xx"
                      : status >= 400 ? "http_4xx"
                                      : "http_other",
                      {std::move(what), 0});
  failure.value().rows = again ? 0 : rows;
  failure.value().retry_after_ms = again ? retry_after_ms : 0;
  return failure;
}

tl::unexpected<Failure> HttpTransport(int curl_code, std::string what) {
  return Make(FailureKind::kRetryable, CauseOfCurl(curl_code), {std::move(what), 0});
}

}  // namespace xtcp2::ship
