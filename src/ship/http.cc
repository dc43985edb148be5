#include "ship/http.h"

#include <fmt/format.h>

#include <algorithm>

#include "ship/payload.h"

namespace xtcp2::ship {
namespace {

constexpr long kContentTooLarge = 413;
constexpr unsigned kTryMoreAfter = 32;  // accepted payloads until twice the size is tried again

}  // namespace

Result<std::unique_ptr<Destination>> HttpDestination::Make(const DestSpec& spec, const encode::Framing& framing,
                                                           const ShipOptions& options) {
  const auto compression = ParseCompression(options.http_compression);
  if (!compression) return tl::unexpected(compression.error());
  std::vector<std::string> headers{"Content-Type: " + framing.content_type};
  if (const std::string_view encoding = Compressor(*compression).encoding(); !encoding.empty())
    headers.push_back(fmt::format("Content-Encoding: {}", encoding));
  auto client = HttpClient::Make(spec.path, options, headers);
  if (!client) return tl::unexpected(client.error());
  return std::unique_ptr<Destination>(new HttpDestination(std::move(*client), *compression, framing, options));
}

SendResult HttpDestination::Send(const encode::Batch& batch, Progress& progress) {
  while (progress.next_row < batch.count()) {
    if (interrupt().is_set()) return Interrupted();
    if (SendResult sent = SendOne(batch, progress); !sent) return sent;
  }
  return {};
}

// One request with as many rows as the limit allows, one at least.
SendResult HttpDestination::SendOne(const encode::Batch& batch, Progress& progress) {
  const size_t first = progress.next_row;
  const size_t last = std::max(first + 1, LastThatFits(batch, framing_, first, limit_, true));
  body_.Clear();
  AppendPayload({batch, first, last, true}, framing_, body_);
  Bytes body = body_.bytes();
  if (compressor_.kind() != Compression::kNone) {
    if (auto done = compressor_.Run(body, compressed_); !done) return FailedCall(PeerKind::kNetwork, done.error());
    body = compressed_.bytes();
  }
  const auto answer = client_->Post(body, interrupt());
  if (!answer) return tl::unexpected(answer.error());
  if (answer->status == kContentTooLarge) return TooLarge(batch, first, last);
  if (answer->status < 200 || answer->status > 299)
    return HttpAnswer(answer->status, last - first, std::min(answer->retry_after_ms, options_.http_retry_after_max_ms),
                      fmt::format("{} answered {} {}", client_->shown_url(), answer->status, answer->text));
  Accepted();
  progress.next_row = last;
  progress.bytes += body_.size();
  progress.payloads += 1;
  return {};
}

// Halves the limit, so that the same rows go again in smaller requests.
SendResult HttpDestination::TooLarge(const encode::Batch& batch, size_t first, size_t last) {
  if (last - first == 1)
    return RowTooLarge(fmt::format("{} answered 413 to a single row of {} bytes", client_->shown_url(),
                                   batch.Rows(first, last).size()));
  limit_ = std::max<size_t>(1, body_.size() / 2);
  accepted_ = 0;
  return {};
}

// A server's limit may have been raised: once in a while a larger request is tried.
void HttpDestination::Accepted() {
  if (limit_ == kUnlimited || ++accepted_ < kTryMoreAfter) return;
  accepted_ = 0;
  limit_ = limit_ > kUnlimited / 2 ? kUnlimited : limit_ * 2;
}

}  // namespace xtcp2::ship
