// gzip and zstd of one message, for HTTP request bodies. Keeps its library context between calls; one thread's.
#pragma once

#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace xtcp2::ship {

enum class Compression : uint8_t { kNone, kGzip, kZstd };

// "none", "gzip", "zstd"; "" counts as none.
Result<Compression> ParseCompression(std::string_view name);

class Compressor {
 public:
  explicit Compressor(Compression kind) : kind_(kind) {}
  ~Compressor();
  Compressor(const Compressor&) = delete;
  Compressor& operator=(const Compressor&) = delete;

  Compression kind() const { return kind_; }
  // For the header Content-Encoding; "" for none.
  std::string_view encoding() const;
  // Replaces `out` by the compressed `in`. Must not be called for kNone.
  Result<> Run(Bytes in, Buffer& out);

 private:
  Result<> Gzip(Bytes in, Buffer& out);
  Result<> Zstd(Bytes in, Buffer& out);

  const Compression kind_;
  void* context_ = nullptr;  // a z_stream or a ZSTD_CCtx
};

}  // namespace xtcp2::ship
