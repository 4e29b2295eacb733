// RANDOMKEY.
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "exec/engine.h"
#include "exec/everywhere.h"

namespace gyre::commands {
namespace {

using exec::Engine;

// A key drawn by chance.
struct Draw {
  uint16_t db;
  std::vector<size_t> sizes = {};  // keys of each core
  std::optional<std::string> name = {};
  std::optional<std::string> expired = {};  // one that was drawn and has expired, but had to stay
  uint64_t place = 0;                       // of the walk over the table of one core
  uint64_t seen = 0;                        // by the walk, of those that have not expired
};

bool count_keys(Engine& at, void* context) {
  auto& draw = *static_cast<Draw*>(context);
  draw.sizes.push_back(at.shard().db(draw.db).size());
  return false;
}

// Those that turn out to have expired are removed, so many of them at once at most.
bool draw_key(Engine& at, void* context) {
  constexpr int kTries = 100;
  auto& draw = *static_cast<Draw*>(context);
  store::Keyspace& db = at.shard().db(draw.db);
  for (int i = 0; i < kTries && db.size() > 0; ++i) {
    const store::Entry* entry = db.table().random(at.shard().random().next());
    std::string name(entry->key());
    if (db.peek({name, store::key_hash(name)}) != nullptr) {
      draw.name = std::move(name);
      break;
    }
    if (!at.shard().may_expire()) {
      draw.expired = std::move(name);
    }
  }
  return false;
}

// A step of a walk that chooses among all keys of a core that have not expired.
bool walk(Engine& at, void* context) {
  constexpr size_t kSliceEntries = 500;
  auto& draw = *static_cast<Draw*>(context);
  const int64_t now_ms = at.shard().now_ms();
  draw.place = at.shard().db(draw.db).table().scan(
      draw.place, kSliceEntries, [&](const store::Entry& entry) {
        if (!entry.is_expired(now_ms) && at.shard().random().below(++draw.seen) == 0) {
          draw.name = entry.key();
        }
      });
  return draw.place != 0;
}

ring::Task<Status> randomkey(exec::Request& request, resp::Reply& reply) {
  Engine& engine = Engine::current();
  for (;;) {
    // A core is chosen as often as its share of the keys wants it.
    Draw draw{.db = request.db};
    uint64_t total = 0;
    for (uint16_t core = 0; core < engine.all().count(); ++core) {
      co_await exec::run_sliced(core, count_keys, &draw);
      total += draw.sizes.back();
    }
    if (total == 0) {
      reply.null();
      co_return Status{};
    }
    uint64_t at = engine.shard().random().below(total);
    uint16_t core = 0;
    while (at >= draw.sizes[core]) {
      at -= draw.sizes[core++];
    }
    co_await exec::run_sliced(core, draw_key, &draw);
    if (!draw.name && draw.expired) {
      // A pause keeps expired keys where they are, so one could draw for ever.
      for (core = 0; core < engine.all().count(); ++core) {
        co_await exec::run_sliced(core, walk, &draw);
      }
      draw.name = draw.name ? draw.name : draw.expired;  // as in Redis, if there is nothing else
    }
    if (draw.name) {
      reply.bulk(*draw.name);
      co_return Status{};
    }
  }
}

constexpr exec::Command kRows[] = {
    {.name = "RANDOMKEY",
     .since = "1.0.0",
     .group = exec::Group::generic,
     .complexity = "O(1)",
     .summary = "Returns a key of the database by chance.",
     .flags = exec::kReadonly,
     .categories = "keyspace",
     .shape = exec::wait(randomkey),
     .tips = "request_policy:all_shards response_policy:special nondeterministic_output"},
};

}  // namespace

extern const exec::Rows generic_randomkey{kRows};

}  // namespace gyre::commands
