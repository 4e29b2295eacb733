// Fuzzes the parser: whole input and input cut anywhere must give the same commands and error.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/assert.h"
#include "resp/parser.h"

namespace {

using gyre::resp::Arguments;
using gyre::resp::Parser;
using gyre::resp::ParseResult;
using gyre::resp::ParserLimits;

struct Outcome {
  std::vector<std::vector<std::string>> commands;
  std::string error;

  bool operator==(const Outcome&) const = default;
};

// A deterministic choice of how many more bytes arrive.
class Cuts {
 public:
  explicit Cuts(uint32_t seed) : state_(seed | 1) {}
  size_t next() {
    state_ = state_ * 1664525 + 1013904223;
    const uint32_t roll = state_ >> 16;
    return (roll & 1) != 0 ? 1 : 1 + roll % 40;
  }

 private:
  uint32_t state_;
};

// Feeds the input as a connection does: all bytes from the unfinished command's first one, in
// memory of exactly that size, so that the sanitizer sees a read past what has arrived.
Outcome parse(std::string_view input, const ParserLimits& limits, Cuts* cuts) {
  Outcome outcome;
  Parser parser;
  size_t at = 0;
  size_t arrived = cuts == nullptr ? input.size() : 0;
  while (true) {
    auto bytes = std::make_unique<char[]>(arrived - at);
    input.copy(bytes.get(), arrived - at, at);
    Arguments arguments;
    size_t consumed = 0;
    const ParseResult result = parser.next(bytes.get(), arrived - at, limits, arguments, consumed);
    GYRE_ASSERT(consumed <= arrived - at);
    at += consumed;
    if (result == ParseResult::error) {
      outcome.error = parser.error();
      GYRE_ASSERT(!outcome.error.empty());
      return outcome;
    }
    if (result == ParseResult::command) {
      GYRE_ASSERT(consumed > 0);
      outcome.commands.emplace_back(arguments.views.begin(), arguments.views.end());
      continue;
    }
    GYRE_ASSERT(parser.needed() > 0);
    // What an announced length promises must not be reserved before its bytes are here.
    GYRE_ASSERT(parser.held_bytes() <= 2 * input.size() + 128 * 1024);
    if (arrived == input.size()) {
      return outcome;
    }
    arrived = std::min(input.size(), arrived + cuts->next());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) {
    return 0;
  }
  const ParserLimits limits{.bulk_max = 512 * 1024 * 1024, .authenticated = (data[0] & 1) != 0};
  const std::string_view input(reinterpret_cast<const char*>(data) + 2, size - 2);
  const Outcome whole = parse(input, limits, nullptr);
  Cuts cuts(static_cast<uint32_t>(data[0] << 8 | data[1]));
  const Outcome pieces = parse(input, limits, &cuts);
  GYRE_ASSERT(whole == pieces);
  return 0;
}
