#include "base/random.h"

#include <sys/random.h>

#include "base/assert.h"

namespace gyre::base {

uint64_t entropy_seed() {
  uint64_t seed = 0;
  // Up to 256 bytes the kernel never returns a part, and a signal can only interrupt at early boot.
  GYRE_ASSERT(getrandom(&seed, sizeof seed, 0) == static_cast<ssize_t>(sizeof seed));
  return seed;
}

}  // namespace gyre::base
