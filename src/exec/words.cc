#include "exec/words.h"

#include <algorithm>
#include <climits>

#include "base/text.h"

namespace gyre::exec {
namespace {

constexpr FlagWord kFlagWords[] = {{kWrite, "write"},
                                   {kReadonly, "readonly"},
                                   {kDenyoom, "denyoom"},
                                   {kAdmin, "admin"},
                                   {kPubsub, "pubsub"},
                                   {kNoscript, "noscript"},
                                   {kBlocking, "blocking"},
                                   {kLoading, "loading"},
                                   {kStale, "stale"},
                                   {kSkipMonitor, "skip_monitor"},
                                   {kSkipSlowlog, "skip_slowlog"},
                                   {kAsking, "asking"},
                                   {kFast, "fast"},
                                   {kNoAuth, "no_auth"},
                                   {kNoMandatoryKeys, "no_mandatory_keys"},
                                   {kNoAsyncLoading, "no_async_loading"},
                                   {kNoMulti, "no_multi"},
                                   {kMovablekeys, "movablekeys"},
                                   {kAllowBusy, "allow_busy"}};

constexpr std::string_view kGroupWords[] = {"string",       "generic", "connection",  "server",
                                            "list",         "set",     "sorted-set",  "hash",
                                            "stream",       "bitmap",  "hyperloglog", "geo",
                                            "transactions", "pubsub",  "scripting",   "cluster"};

constexpr std::string_view kCategoryWords[] = {
    "keyspace", "read",   "write",       "set",       "sortedset",  "list",        "hash",
    "string",   "bitmap", "hyperloglog", "geo",       "stream",     "pubsub",      "admin",
    "fast",     "slow",   "blocking",    "dangerous", "connection", "transaction", "scripting"};

// The category that goes with each group, in the order of Group; empty for none.
constexpr std::string_view kGroupCategories[] = {
    "string", "keyspace", "connection",  "",    "list",        "set",    "sortedset", "hash",
    "stream", "bitmap",   "hyperloglog", "geo", "transaction", "pubsub", "scripting", ""};

}  // namespace

std::span<const FlagWord> flag_words() { return kFlagWords; }

std::string_view group_word(Group group) { return kGroupWords[static_cast<size_t>(group)]; }

std::span<const std::string_view> category_words() { return kCategoryWords; }

uint32_t category_bit(std::string_view word) {
  for (size_t i = 0; i < std::size(kCategoryWords); ++i) {
    if (base::equals_ignore_case(kCategoryWords[i], word)) {
      return uint32_t{1} << i;
    }
  }
  return 0;
}

uint32_t categories_of(const Command& command) {
  uint32_t mask = 0;
  // A container is nothing by itself; its subcommands are.
  const bool is_container =
      command.shape.kind == Shape::Kind::container && !command.subcommands.empty();
  if (!is_container) {
    mask |= category_bit(kGroupCategories[static_cast<size_t>(command.group)]);
  }
  if (command.is_write()) {
    mask |= category_bit("write");
  }
  if (command.has(kReadonly) && command.group != Group::scripting) {
    mask |= category_bit("read");
  }
  if (command.has(kAdmin)) {
    mask |= category_bit("admin") | category_bit("dangerous");
  }
  if (command.has(kPubsub)) {
    mask |= category_bit("pubsub");
  }
  if (command.has(kBlocking)) {
    mask |= category_bit("blocking");
  }
  mask |= category_bit(command.has(kFast) ? "fast" : "slow");
  std::string_view rest = command.categories;
  while (!rest.empty()) {
    const std::string_view word = rest.substr(0, rest.find(' '));
    rest.remove_prefix(std::min(rest.size(), word.size() + 1));
    if (word.starts_with('-')) {
      mask &= ~category_bit(word.substr(1));
    } else {
      mask |= category_bit(word);
    }
  }
  return mask;
}

KeyRange key_range_of(const Command& command) {
  const auto is_range = [](const KeySpec& spec) {
    return spec.begin == KeySpec::Begin::index && spec.find == KeySpec::Find::range;
  };
  const auto last_of = [](const KeySpec& spec) {
    return spec.last >= 0 ? spec.index + spec.last : static_cast<int>(spec.last);
  };
  if (command.keys.size() == 1 && is_range(command.keys[0])) {
    const KeySpec& spec = command.keys[0];
    return {spec.index, last_of(spec), spec.step};
  }
  // Several: those that follow each other without a gap count as one range.
  KeyRange range{INT_MAX, 0, 1};
  int previous = 0;
  for (const KeySpec& spec : command.keys) {
    if (!is_range(spec) || spec.step != 1 || (previous != 0 && previous != spec.index - 1) ||
        range.last < 0) {
      continue;
    }
    range.first = std::min<int>(range.first, spec.index);
    const int last = last_of(spec);
    range.last = last < 0 ? last : std::max(range.last, last);
    previous = range.last;
  }
  return range.first == INT_MAX ? KeyRange{} : range;
}

}  // namespace gyre::exec
