#include "commands/string/options.h"

#include "base/text.h"

namespace gyre::commands {
namespace {

// An option that stands alone: what it sets, and what it does not go with.
struct Word {
  std::string_view name;
  uint8_t flag;
  uint8_t rivals;
  bool is_lifetime;  // does not go with EX and its relatives
};

constexpr Word kWords[] = {
    {"NX", StringOptions::kNx, StringOptions::kXx | StringOptions::kIfEq, false},
    {"XX", StringOptions::kXx, StringOptions::kNx | StringOptions::kIfEq, false},
    {"GET", StringOptions::kGet, 0, false},
    {"KEEPTTL", StringOptions::kKeepTtl, StringOptions::kPersist, true},
    {"PERSIST", StringOptions::kPersist, StringOptions::kKeepTtl, true},
};

struct Moment {
  std::string_view name;
  When when;
};

constexpr Moment kMoments[] = {
    {"EX", When::ex},
    {"PX", When::px},
    {"EXAT", When::exat},
    {"PXAT", When::pxat},
};

bool take_word(StringOptions& options, std::string_view arg, uint8_t allowed) {
  for (const Word& word : kWords) {
    if ((word.flag & allowed) != 0 && base::equals_ignore_case(arg, word.name)) {
      options.flags |= word.flag;
      return !options.has(word.rivals) && !(word.is_lifetime && options.when != When::never);
    }
  }
  return false;
}

// An option with a value. One that is given twice counts with its last value.
bool take_pair(StringOptions& options, std::string_view arg, std::string_view value,
               uint8_t allowed) {
  for (const Moment& moment : kMoments) {
    if (base::equals_ignore_case(arg, moment.name)) {
      if (options.has(StringOptions::kKeepTtl | StringOptions::kPersist) ||
          (options.when != When::never && options.when != moment.when)) {
        return false;
      }
      options.when = moment.when;
      options.time = value;
      return true;
    }
  }
  if ((allowed & StringOptions::kIfEq) != 0 && base::equals_ignore_case(arg, "IFEQ") &&
      !options.has(StringOptions::kNx | StringOptions::kXx)) {
    options.flags |= StringOptions::kIfEq;
    options.match = value;
    return true;
  }
  return false;
}

}  // namespace

Result<StringOptions> parse_string_options(const exec::Request& request, size_t first,
                                           uint8_t allowed) {
  StringOptions options;
  for (size_t i = first; i < request.size(); ++i) {
    if (take_word(options, request.arg(i), allowed)) {
      continue;
    }
    if (i + 1 == request.size() ||
        !take_pair(options, request.arg(i), request.arg(i + 1), allowed)) {
      return fail(exec::errors::syntax);
    }
    ++i;
  }
  return options;
}

}  // namespace gyre::commands
