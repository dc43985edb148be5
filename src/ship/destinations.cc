#include "ship/destinations.h"

#include <unistd.h>

#include <cerrno>

#include "base/check.h"
#include "ship/file.h"
#include "ship/http.h"
#include "ship/null.h"
#include "ship/standard_stream.h"
#include "ship/tcp.h"
#include "ship/udp.h"
#include "ship/unix.h"
#include "ship/unixgram.h"

namespace xtcp2::ship {
namespace {

using encode::Framing;
using Made = Result<std::unique_ptr<Destination>>;

template <class T>
Made MakeSocket(const DestSpec& spec, const Framing& framing, const ShipOptions& options) {
  Result<std::unique_ptr<SocketWriter>> writer = MakeSocketWriter(options, spec.Redacted());
  if (!writer) return tl::unexpected(writer.error());
  return std::make_unique<T>(spec, framing, options, std::move(*writer));
}
Made MakeNull(const DestSpec&, const Framing& framing, const ShipOptions&) {
  return std::make_unique<NullDestination>(framing);
}
Made MakeStdout(const DestSpec&, const Framing& framing, const ShipOptions&) {
  return StandardStream::Open(STDOUT_FILENO, "stdout", framing);
}
Made MakeStderr(const DestSpec&, const Framing& framing, const ShipOptions&) {
  return StandardStream::Open(STDERR_FILENO, "stderr", framing);
}
Made MakeFile(const DestSpec& spec, const Framing& framing, const ShipOptions& options) {
  return FileDestination::Open(spec.path, framing, options);
}

struct Entry {
  Scheme scheme;
  Made (*make)(const DestSpec&, const Framing&, const ShipOptions&);
};
constexpr Entry kEntries[] = {
    {Scheme::kNull, MakeNull},
    {Scheme::kStdout, MakeStdout},
    {Scheme::kStderr, MakeStderr},
    {Scheme::kFile, MakeFile},
    {Scheme::kTcp, MakeSocket<TcpDestination>},
    {Scheme::kUdp, MakeSocket<UdpDestination>},
    {Scheme::kUnix, MakeSocket<UnixDestination>},
    {Scheme::kUnixgram, MakeSocket<UnixgramDestination>},
    {Scheme::kHttp, HttpDestination::Make},
    {Scheme::kHttps, HttpDestination::Make},
};

}  // namespace

Made MakeDestination(const DestSpec& spec, const Framing& framing, const ShipOptions& options) {
  for (const Entry& entry : kEntries) {
    if (entry.scheme != spec.scheme) continue;
    Made made = entry.make(spec, framing, options);
    if (made && !(*made)->CanStop()) return Fail("making an eventfd for " + spec.Redacted(), EMFILE);
    return made;
  }
  XTCP2_CHECK(false, "a scheme without a destination");
}

}  // namespace xtcp2::ship
