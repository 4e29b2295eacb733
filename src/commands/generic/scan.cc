// KEYS, SCAN: commands that look for keys on every core.
#include <algorithm>
#include <bit>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/glob.h"
#include "base/number.h"
#include "base/text.h"
#include "exec/engine.h"
#include "exec/everywhere.h"
#include "exec/part.h"

namespace gyre::commands {
namespace {

using exec::Engine;
using store::Entry;

constexpr size_t kSliceEntries = 250;

// Which keys are wanted, and those found so far, encoded as they are sent.
struct Search {
  Search(uint16_t in, std::string_view like) : db(in), pattern(like) {}

  uint16_t db;
  std::string_view pattern;
  std::optional<std::string_view> type = {};
  uint64_t place = 0;  // in the table of the core that is searched now; 0 at its begin and end
  size_t left = 0;     // entries to look at, for SCAN
  size_t count = 0;
  exec::ReplyBuffer found;

  bool wants(const Entry& entry, int64_t now_ms) const {
    // "*" names the empty key too, which no other pattern than "" matches.
    return !entry.is_expired(now_ms) &&
           (pattern == "*" || base::glob_match(pattern, entry.key())) &&
           (!type || base::equals_ignore_case(*type, store::type_name(entry.type())));
  }
  // Looks at about `most` entries of a core; returns how many there were.
  size_t look(Engine& at, size_t most) {
    const int64_t now_ms = at.shard().now_ms();
    size_t seen = 0;
    resp::Reply to(found, false);
    found.begin(to);
    place = at.shard().db(db).table().scan(place, most, [&](const Entry& entry) {
      ++seen;
      if (wants(entry, now_ms)) {
        to.bulk(entry.key());
        ++count;
      }
    });
    found.finish(to);
    return seen;
  }
  void copy_to(resp::Reply& reply) const { found.copy_to(reply, 0, found.size()); }
};

ring::Task<Status> keys(exec::Request& request, resp::Reply& reply) {
  Engine& engine = Engine::current();
  std::vector<std::unique_ptr<Search>> searches;
  std::vector<void*> contexts;
  for (uint16_t core = 0; core < engine.all().count(); ++core) {
    searches.push_back(std::make_unique<Search>(request.db, request.arg(1)));
    contexts.push_back(searches.back().get());
  }
  co_await exec::walk_everywhere(
      request,
      [](Engine& at, void* context) {
        auto& search = *static_cast<Search*>(context);
        search.look(at, kSliceEntries);
        return search.place != 0;
      },
      std::move(contexts));
  size_t count = 0;
  for (const auto& search : searches) {
    count += search->count;
  }
  reply.array(count);
  for (const auto& search : searches) {
    search->copy_to(reply);
  }
  co_return Status{};
}

// A cursor names a core and a place in its table: the number of the core in the low bits, above it
// the place. A place is the beginning of a hash, of which only as many bits count as the table is
// large; written backwards it is a number no larger than need be, because there are clients that
// keep cursors in floating point. 0 is the beginning of the first core, and the end.
class Cursor {
 public:
  explicit Cursor(uint16_t cores) : bits_(static_cast<unsigned>(std::bit_width(cores - 1U))) {}

  uint64_t encode(uint16_t core, uint64_t place) const {
    return __builtin_bitreverse64(place) << bits_ | core;
  }
  uint64_t core(uint64_t cursor) const { return cursor & ((uint64_t{1} << bits_) - 1); }
  uint64_t place(uint64_t cursor) const { return __builtin_bitreverse64(cursor >> bits_); }

 private:
  unsigned bits_;
};

Status parse_scan(const exec::Request& request, Search& search, int64_t& count) {
  for (size_t i = 2; i < request.size(); i += 2) {
    const std::string_view option = request.arg(i);
    if (i + 1 == request.size()) {
      return fail(exec::errors::syntax);
    }
    const std::string_view value = request.arg(i + 1);
    if (base::equals_ignore_case(option, "COUNT")) {
      const auto number = base::parse_int64(value);
      if (!number) {
        return fail(exec::errors::not_integer);
      }
      if (*number < 1) {
        return fail(exec::errors::syntax);
      }
      count = *number;
    } else if (base::equals_ignore_case(option, "MATCH")) {
      search.pattern = value;
    } else if (base::equals_ignore_case(option, "TYPE")) {
      search.type = value;
    } else {
      return fail(exec::errors::syntax);
    }
  }
  return {};
}

// Looks at COUNT entries, on as many cores as it takes.
ring::Task<Status> scan(exec::Request& request, resp::Reply& reply) {
  Engine& engine = Engine::current();
  const auto start = base::parse_uint64(request.arg(1));
  if (!start) {
    co_return fail("ERR invalid cursor");
  }
  Search search(request.db, "*");
  int64_t count = 10;
  const Status status = parse_scan(request, search, count);
  if (!status) {
    co_return status;
  }
  const uint16_t cores = engine.all().count();
  const Cursor cursor(cores);
  uint64_t core = cursor.core(*start);
  search.place = cursor.place(*start);
  search.left = static_cast<size_t>(count);
  while (core < cores && search.left > 0) {
    co_await exec::run_sliced(
        static_cast<uint16_t>(core),
        [](Engine& at, void* context) {
          auto& all = *static_cast<Search*>(context);
          all.left -= std::min(all.left, all.look(at, std::min(all.left, kSliceEntries)));
          return all.place != 0 && all.left > 0;
        },
        &search);
    core += search.place == 0 ? 1 : 0;
  }
  const uint64_t next = core < cores ? cursor.encode(static_cast<uint16_t>(core), search.place) : 0;
  char text[base::kIntCharsMax];
  reply.array(2);
  reply.bulk({text, base::format_uint64(text, next)});
  reply.array(search.count);
  search.copy_to(reply);
  co_return Status{};
}

constexpr exec::Change kScanHistory[] = {{"6.0.0", "`TYPE`."}};

constexpr exec::Command kRows[] = {
    {.name = "KEYS",
     .since = "1.0.0",
     .group = exec::Group::generic,
     .complexity = "O(N) where N is the number of keys in the database",
     .summary = "Returns all keys that match a pattern, as of one moment.",
     .syntax = "pattern",
     .flags = exec::kReadonly,
     .categories = "keyspace dangerous",
     .shape = exec::wait(keys),
     .tips = "request_policy:all_shards nondeterministic_output_order"},
    {.name = "SCAN",
     .since = "2.8.0",
     .group = exec::Group::generic,
     .complexity = "O(1) for every call, O(N) for a walk over all N keys",
     .summary = "Walks over the keys of the database in steps.",
     .syntax = "cursor [MATCH pattern] [COUNT count] [TYPE type]",
     .history = kScanHistory,
     .flags = exec::kReadonly,
     .categories = "keyspace",
     .shape = exec::wait(scan),
     .tips = "nondeterministic_output request_policy:special response_policy:special"},
};

}  // namespace

extern const exec::Rows generic_scan{kRows};

}  // namespace gyre::commands
