// RANDOMKEY.
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "exec/engine.h"
#include "exec/several.h"

namespace gyre::commands {
namespace {

using exec::Engine;

// A key drawn by chance.
struct Draw {
  uint16_t db;
  std::vector<size_t> sizes = {};  // keys of each core
  std::optional<std::string> name = {};
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
  for (int i = 0; i < kTries; ++i) {
    const store::Entry* entry = db.table().random(at.shard().random().next());
    if (entry == nullptr) {
      break;
    }
    std::string name(entry->key());
    if (db.peek({name, store::key_hash(name)}) != nullptr) {
      draw.name = std::move(name);
      break;
    }
  }
  return false;
}

ring::Task<Status> randomkey(exec::Request& request, resp::Reply& reply) {
  Engine& engine = Engine::current();
  for (;;) {
    // A core is chosen as often as its share of the keys wants it.
    Draw draw{.db = request.db};
    uint64_t total = 0;
    for (uint16_t core = 0; core < engine.all().count(); ++core) {
      co_await exec::run_sliced(engine, core, count_keys, &draw);
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
    co_await exec::run_sliced(engine, core, draw_key, &draw);
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
