// STRLEN, GETRANGE, SUBSTR, SETRANGE, APPEND: parts of strings.
#include <algorithm>

#include "base/number.h"
#include "commands/string/strings.h"

namespace gyre::commands {
namespace {

using store::Entry;
using store::Event;

Status strlen(exec::Request& request, store::Shard& shard, resp::Reply& reply) {
  GYRE_TRY_LET(entry, find_string(request, shard));
  reply.integer(entry == nullptr ? 0 : static_cast<int64_t>(string_size(*entry)));
  return {};
}

// The part from `first` to `last`, both included; negative ones count from the end.
std::string_view part_of(std::string_view text, int64_t first, int64_t last) {
  const auto size = static_cast<int64_t>(text.size());
  const std::string_view nothing = text.substr(0, 0);
  if (first < 0 && last < 0 && first > last) {
    return nothing;
  }
  // A last byte before the first one of all is the first one: Redis answers it too.
  first = first < 0 ? std::max<int64_t>(first + size, 0) : first;
  last = last < 0 ? std::max<int64_t>(last + size, 0) : last;
  last = std::min(last, size - 1);
  if (first > last) {
    return nothing;
  }
  return text.substr(static_cast<size_t>(first), static_cast<size_t>(last - first + 1));
}

Status getrange(exec::Request& request, store::Shard& shard, resp::Reply& reply) {
  const auto first = base::parse_int64(request.arg(2));
  const auto last = base::parse_int64(request.arg(3));
  if (!first || !last) {
    return fail(exec::errors::not_integer);
  }
  GYRE_TRY_LET(entry, find_string(request, shard));
  if (entry == nullptr) {
    reply.bulk("");
    return {};
  }
  Scratch scratch;
  const std::string_view text = string_bytes(*entry, scratch);
  const std::string_view part = part_of(text, *first, *last);
  if (part.size() == text.size()) {
    return reply_string(*entry, reply);
  }
  reply.bulk(part);
  return {};
}

Status setrange(exec::Request& request, store::Shard& shard, resp::Reply& reply) {
  const auto number = base::parse_int64(request.arg(2));
  if (!number) {
    return fail(exec::errors::not_integer);
  }
  if (*number < 0) {
    return fail("ERR offset is out of range");
  }
  const auto offset = static_cast<size_t>(*number);
  const std::string_view value = request.arg(3);
  GYRE_TRY_LET(entry, find_string_for_write(request, shard));
  const size_t before = entry == nullptr ? 0 : string_size(*entry);
  if (value.empty()) {
    reply.integer(static_cast<int64_t>(before));
    return {};
  }
  GYRE_TRY(check_string_size(shard, offset, value.size()));
  store::Keyspace& db = shard.db(request.db);
  const size_t size = std::max(before, offset + value.size());
  char* bytes = grow_string(db, request.key, entry, size);
  if (offset > before) {
    std::memset(bytes + before, 0, offset - before);
  }
  std::memcpy(bytes + offset, value.data(), value.size());
  shard.commit(db, request.key, Event::setrange);
  reply.integer(static_cast<int64_t>(size));
  return {};
}

Status append(exec::Request& request, store::Shard& shard, resp::Reply& reply) {
  const std::string_view value = request.arg(2);
  GYRE_TRY_LET(entry, find_string_for_write(request, shard));
  store::Keyspace& db = shard.db(request.db);
  size_t size = value.size();
  if (entry == nullptr) {
    store_string(db, request.key, value, Entry::kNever, request.take_blob(2));
  } else {
    const size_t before = string_size(*entry);
    GYRE_TRY(check_string_size(shard, before, value.size()));
    size += before;
    char* bytes = grow_string(db, request.key, entry, size);
    std::memcpy(bytes + before, value.data(), value.size());
  }
  shard.commit(db, request.key, Event::append);
  reply.integer(static_cast<int64_t>(size));
  return {};
}

constexpr exec::KeySpec kMeasuredKey[] = {{.flags = "RO"}};
constexpr exec::KeySpec kChangedKey[] = {{.flags = "RW update"}};
constexpr exec::KeySpec kAppendedKey[] = {{.flags = "RW insert"}};

constexpr exec::Command kRows[] = {
    {.name = "STRLEN",
     .since = "2.2.0",
     .group = exec::Group::string,
     .complexity = "O(1)",
     .summary = "Returns the size of the string at a key in bytes.",
     .syntax = "key",
     .flags = exec::kReadonly | exec::kFast,
     .keys = kMeasuredKey,
     .shape = exec::owner(strlen)},
    {.name = "GETRANGE",
     .since = "2.4.0",
     .group = exec::Group::string,
     .complexity = "O(N) where N is the size of the part",
     .summary = "Returns a part of the string at a key.",
     .syntax = "key start end",
     .flags = exec::kReadonly,
     .keys = exec::kReadKey,
     .shape = exec::owner(getrange)},
    {.name = "SUBSTR",
     .since = "1.0.0",
     .group = exec::Group::string,
     .complexity = "O(N) where N is the size of the part",
     .summary = "Returns a part of the string at a key, under an older name.",
     .syntax = "key start end",
     .flags = exec::kReadonly,
     .keys = exec::kReadKey,
     .shape = exec::owner(getrange),
     .deprecated_since = "2.0.0",
     .replaced_by = "`GETRANGE`"},
    {.name = "SETRANGE",
     .since = "2.2.0",
     .group = exec::Group::string,
     .complexity = "O(M) where M is the size of the value, plus what the string grows by",
     .summary = "Overwrites a part of the string at a key; zero bytes fill a gap.",
     .syntax = "key offset value",
     .flags = exec::kWrite | exec::kDenyoom,
     .keys = kChangedKey,
     .shape = exec::owner(setrange),
     .repeat = exec::Repeat::same},
    {.name = "APPEND",
     .since = "2.0.0",
     .group = exec::Group::string,
     .complexity = "O(M) where M is the size of the value, averaged over many calls",
     .summary = "Adds bytes to the end of the string at a key; creates a missing key.",
     .syntax = "key value",
     .flags = exec::kWrite | exec::kDenyoom | exec::kFast,
     .keys = kAppendedKey,
     .shape = exec::owner(append),
     .repeat = exec::Repeat::same},
};

}  // namespace

extern const exec::Rows string_range{kRows};

}  // namespace gyre::commands
