#include "base/assert.h"

#include <cstdio>
#include <cstdlib>

namespace gyre::base {

void assert_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "gyre: assertion failed: %s at %s:%d\n", condition, file, line);
  std::fflush(stderr);
  std::abort();
}

}  // namespace gyre::base
