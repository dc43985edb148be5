#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace xtcp2 {

void Bug(const char* file, int line, const char* sentence) {
  std::fprintf(stderr, "xtcp2: bug at %s:%d: %s\n", file, line, sentence);
  std::abort();
}

}  // namespace xtcp2
