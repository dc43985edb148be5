#include "ship/compress.h"

#include <fmt/format.h>
#include <zlib.h>
#include <zstd.h>

namespace xtcp2::ship {
namespace {

constexpr int kGzipLevel = 6;
constexpr int kGzipFormat = 15 + 16;  // window bits, and a gzip header around
constexpr int kZstdLevel = 3;

}  // namespace

Result<Compression> ParseCompression(std::string_view name) {
  if (name.empty() || name == "none") return Compression::kNone;
  if (name == "gzip") return Compression::kGzip;
  if (name == "zstd") return Compression::kZstd;
  return Fail(fmt::format("HTTP compression \"{}\": allowed are none, gzip and zstd", name));
}

Compressor::~Compressor() {
  if (context_ == nullptr) return;
  if (kind_ == Compression::kZstd) {
    ZSTD_freeCCtx(static_cast<ZSTD_CCtx*>(context_));
  } else {
    auto* const stream = static_cast<z_stream*>(context_);
    deflateEnd(stream);
    delete stream;
  }
}

std::string_view Compressor::encoding() const {
  return kind_ == Compression::kGzip ? "gzip" : kind_ == Compression::kZstd ? "zstd" : "";
}

Result<> Compressor::Run(Bytes in, Buffer& out) { return kind_ == Compression::kGzip ? Gzip(in, out) : Zstd(in, out); }

Result<> Compressor::Gzip(Bytes in, Buffer& out) {
  if (context_ == nullptr) {
    auto* const fresh = new z_stream{};
    if (deflateInit2(fresh, kGzipLevel, Z_DEFLATED, kGzipFormat, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
      delete fresh;
      return Fail("starting gzip", ENOMEM);
    }
    context_ = fresh;
  }
  auto* const stream = static_cast<z_stream*>(context_);
  deflateReset(stream);
  out.Clear();
  const size_t room = deflateBound(stream, in.size());
  uint8_t* const to = out.Room(room);
  stream->next_in = const_cast<uint8_t*>(in.data());
  stream->avail_in = static_cast<uInt>(in.size());
  stream->next_out = to;
  stream->avail_out = static_cast<uInt>(room);
  if (deflate(stream, Z_FINISH) != Z_STREAM_END) return Fail("compressing with gzip");
  out.Commit(stream->next_out);
  return {};
}

Result<> Compressor::Zstd(Bytes in, Buffer& out) {
  if (context_ == nullptr) context_ = ZSTD_createCCtx();
  if (context_ == nullptr) return Fail("starting zstd", ENOMEM);
  out.Clear();
  const size_t room = ZSTD_compressBound(in.size());
  uint8_t* const to = out.Room(room);
  const size_t size = ZSTD_compressCCtx(static_cast<ZSTD_CCtx*>(context_), to, room, in.data(), in.size(), kZstdLevel);
  if (ZSTD_isError(size) != 0) return Fail(fmt::format("compressing with zstd: {}", ZSTD_getErrorName(size)));
  out.Commit(to + size);
  return {};
}

}  // namespace xtcp2::ship
