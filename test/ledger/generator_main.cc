// ledger_generator SECONDS RATE NAMESPACES: makes connections and writes one line for each end of each:
// netns_cookie local local_port remote remote_port sent received ending opened_as (numbers; addresses in host order).
#include <cstdio>
#include <cstdlib>
#include <system_error>

#include "generator.h"

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: %s seconds connections-per-second namespaces\n", argv[0]);
    return 2;
  }
  xtcp2::test::Load load;
  load.seconds = std::atof(argv[1]);
  load.per_second = std::atof(argv[2]);
  load.namespaces = static_cast<unsigned>(std::atoi(argv[3]));
  try {
    for (const auto& end : xtcp2::test::Generate(load).log)
      std::printf("%llu %u %u %u %u %u %u %u %u\n", static_cast<unsigned long long>(end.netns_cookie), end.local,
                  end.local_port, end.remote, end.remote_port, end.sent, end.received, end.ending, end.opened_as);
  } catch (const std::system_error& error) {
    std::fprintf(stderr, "ledger_generator: %s\n", error.what());
    return 1;
  }
  return 0;
}
