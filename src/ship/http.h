// http:// and https://. Each payload is one POST. A payload that the server finds too large is cut at row borders, and
// later ones are kept that small for a while.
#pragma once

#include "ship/compress.h"
#include "ship/destination.h"
#include "ship/http_client.h"
#include "ship/options.h"
#include "ship/spec.h"

namespace xtcp2::ship {

class HttpDestination final : public Destination {
 public:
  static Result<std::unique_ptr<Destination>> Make(const DestSpec& spec, const encode::Framing& framing,
                                                   const ShipOptions& options);
  SendResult Send(const encode::Batch& batch, Progress& progress) override;

 private:
  HttpDestination(std::unique_ptr<HttpClient> client, Compression compression, const encode::Framing& framing,
                  const ShipOptions& options)
      : client_(std::move(client)), compressor_(compression), framing_(framing), options_(options) {}
  SendResult SendOne(const encode::Batch& batch, Progress& progress);
  SendResult TooLarge(const encode::Batch& batch, size_t first, size_t last);
  void Accepted();

  const std::unique_ptr<HttpClient> client_;
  Compressor compressor_;
  const encode::Framing framing_;
  const ShipOptions options_;
  Buffer body_, compressed_;
  static constexpr size_t kUnlimited = ~size_t{0};
  size_t limit_ = kUnlimited;  // bytes of a payload before compression
  unsigned accepted_ = 0;      // payloads in a row since the limit was changed
};

}  // namespace xtcp2::ship
