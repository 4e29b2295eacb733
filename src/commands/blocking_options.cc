#include "commands/blocking_options.h"

#include <cmath>

#include "base/clock.h"
#include "base/number.h"

namespace gyre::commands {

Result<uint64_t> parse_timeout(std::string_view text) {
  const std::optional<double> seconds = base::parse_double(text);
  if (!seconds || std::isnan(*seconds)) {
    return fail("ERR timeout is not a float or out of range");
  }
  const double ms = std::ceil(*seconds * 1000);
  if (ms > static_cast<double>(INT64_MAX)) {
    return fail("ERR timeout is out of range");
  }
  if (ms < 0) {
    return fail("ERR timeout is negative");
  }
  if (ms > static_cast<double>(INT64_MAX - base::unix_ms())) {
    return fail("ERR timeout is out of range");
  }
  return static_cast<uint64_t>(ms);
}

std::optional<uint64_t> timeout_at(const exec::Request& request, size_t index) {
  const Result<uint64_t> timeout = parse_timeout(request.arg(index));
  return timeout ? std::optional(*timeout) : std::nullopt;
}

void narrow_keys(const exec::Request& request, exec::ParkedKey& parked, size_t numkeys,
                 size_t first, size_t count) {
  parked.argv.assign(request.argv, request.argv + first);
  if (numkeys != 0) {
    parked.argv[numkeys] = "1";
  }
  parked.argv.push_back(request.arg(parked.key.position));
  parked.argv.insert(parked.argv.end(), request.argv + first + count,
                     request.argv + request.size());
  parked.key.position = static_cast<uint32_t>(first);
}

}  // namespace gyre::commands
