// MakeCookies() of walker.h.
#include <bpf/bpf.h>
#include <unistd.h>

#include "base/fd.h"
#include "bpf/cookies.skel.h"
#include "bpf/object.h"
#include "bpf/walker.h"

namespace xtcp2::bpf {

namespace {

struct DestroyLink {
  void operator()(bpf_link* link) const { bpf_link__destroy(link); }
};

// Reading the iterator to its end is the pass; it prints nothing.
Result<> RunToEnd(const bpf_link* link) {
  const Fd iterator(bpf_iter_create(bpf_link__fd(link)));
  if (!iterator.ok()) return FailErrno("starting the pass over all open files");
  char nothing[64];
  ssize_t got;
  while ((got = read(iterator.get(), nothing, sizeof nothing)) > 0 ||
         (got < 0 && (errno == EINTR || errno == EAGAIN))) {
  }
  if (got < 0) return FailErrno("passing over all open files");
  return {};
}

}  // namespace

Result<uint64_t> MakeCookies() {
  size_t size = 0;
  const void* elf = cookies_bpf__elf_bytes(&size);
  auto object = OpenObject("xtcp2_cookies", {static_cast<const uint8_t*>(elf), size}, {});
  if (!object) return tl::unexpected(object.error());
  if (auto loaded = LoadObject(object->get()); !loaded) return tl::unexpected(loaded.error());
  const Hearing heard;
  const std::unique_ptr<bpf_link, DestroyLink> link(
      bpf_program__attach_iter(bpf_object__find_program_by_name(object->get(), "xtcp2_cookies"), nullptr));
  if (!link) return Fail("attaching the pass over all open files: " + heard.LastWord(), errno);
  if (auto done = RunToEnd(link.get()); !done) return tl::unexpected(done.error());
  uint32_t key = 0;
  uint64_t made = 0;
  const bpf_map* data = bpf_object__find_map_by_name(object->get(), ".bss");
  if (data == nullptr || bpf_map__lookup_elem(data, &key, sizeof key, &made, sizeof made, 0) != 0) {
    return FailErrno("reading how many cookies were made");
  }
  return made;
}

}  // namespace xtcp2::bpf
