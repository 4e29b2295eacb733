#include "exec/keys.h"

#include <utility>

#include "base/number.h"
#include "base/text.h"

namespace gyre::exec {
namespace {

// The argument a specification starts at, or 0.
size_t begin_of(const KeySpec& spec, std::span<const std::string_view> args) {
  if (spec.begin == KeySpec::Begin::index) {
    return static_cast<size_t>(spec.index);
  }
  if (spec.begin == KeySpec::Begin::keyword) {
    const auto count = static_cast<int64_t>(args.size());
    const bool is_backward = spec.index < 0;
    int64_t at = is_backward ? count + spec.index : spec.index;
    for (; at > 0 && at < count; at += is_backward ? -1 : 1) {
      if (base::equals_ignore_case(args[static_cast<size_t>(at)], spec.keyword)) {
        return static_cast<size_t>(at) + 1;
      }
    }
  }
  return spec.locate != nullptr ? spec.locate(args) : 0;
}

// The argument behind the last of the keywords of a command that go by `is_last_named`, and its
// specification. What stands behind a keyword is no keyword.
std::pair<size_t, const KeySpec*> last_named(const Command& command,
                                             std::span<const std::string_view> args) {
  std::pair<size_t, const KeySpec*> found = {0, nullptr};
  for (size_t at = 1; at + 1 < args.size(); ++at) {
    for (const KeySpec& spec : command.keys) {
      if (spec.is_last_named && at >= static_cast<size_t>(spec.index) &&
          base::equals_ignore_case(args[at], spec.keyword)) {
        found = {++at, &spec};
        break;
      }
    }
  }
  return found;
}

}  // namespace

bool find_keys(const Command& command, std::span<const std::string_view> args,
               std::vector<KeyPosition>& out) {
  const auto count = static_cast<int64_t>(args.size());
  for (const KeySpec& spec : command.keys) {
    auto first = static_cast<int64_t>(begin_of(spec, args));
    if (spec.is_last_named) {
      const auto [at, named_by] = last_named(command, args);
      first = named_by == &spec ? static_cast<int64_t>(at) : 0;
    }
    if (first == 0 || first >= count) {
      continue;  // a keyword that is not there names no keys
    }
    int64_t last = first;
    int64_t step = spec.step;
    if (spec.find == KeySpec::Find::keynum) {
      const int64_t at = first + spec.keynum_index;
      const auto number =
          at < count ? base::parse_int64(args[static_cast<size_t>(at)]) : std::nullopt;
      if (!number || *number < 0 || *number > count) {
        return false;
      }
      first += spec.first_key;
      last = first + (*number - 1) * step;
    } else if (spec.last >= 0) {
      last = first + spec.last;
    } else {
      last = count + spec.last;
      if (spec.limit > 1) {  // only the first 1/limit of what follows are keys
        last = first + (count - first) / spec.limit + spec.last;
      }
      if (last < first) {
        return false;
      }
    }
    if (last >= count || first < 1) {
      return false;
    }
    for (int64_t at = first; at <= last; at += step) {
      out.push_back({static_cast<uint32_t>(at), spec.flags});
    }
  }
  return true;
}

}  // namespace gyre::exec
