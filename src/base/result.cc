#include "base/result.h"

#include <cstring>

namespace xtcp2 {

std::string ErrnoText(int code) {
  char buffer[128];
  return strerror_r(code, buffer, sizeof buffer);  // the GNU variant: may return a constant instead of the buffer
}

std::string Error::Text() const { return code == 0 ? what : what + ": " + ErrnoText(code); }

}  // namespace xtcp2
