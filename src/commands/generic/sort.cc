// SORT, SORT_RO.
#include <utility>

#include "base/text.h"
#include "commands/collections.h"
#include "commands/generic/sorting.h"
#include "exec/everywhere.h"

namespace gyre::commands {
namespace {

using exec::Carry;
using exec::Engine;
using exec::Request;
using resp::Reply;
using store::Event;
using store::Shard;

constexpr Event kSortStored{'l', "sortstore"};
constexpr uint32_t kSource = 1;  // position of the key

// Puts a result in the place of whatever the key held; returns how many elements it has.
int64_t store_result(Shard& shard, uint16_t index, const store::Key& key, data::List list) {
  store::Keyspace& db = shard.db(index);
  const size_t size = list.size();
  if (size > 0) {
    db.put(key, store::make_value(key.name, std::move(list), store::Entry::kNever));
    shard.commit(db, key, kSortStored);
  } else if (db.erase(key)) {
    shard.commit(db, key, Event::del);
  }
  return static_cast<int64_t>(size);
}

// ---- On the cores of the keys that are named ----

// All steps here; the keys of patterns are here too, or there are none.
Status sort_here(Sorting& sorting, const Request& request, Shard& shard) {
  Engine& engine = Engine::current();
  const store::Key source{request.arg(kSource), store::key_hash(request.arg(kSource))};
  GYRE_TRY(sorting.load(shard.db(request.db).find(source)));
  sorting.weigh(engine, shard, request.db);
  GYRE_TRY(sorting.arrange());
  sorting.fetch(engine, shard, request.db);
  return {};
}

Sorting make_sorting(SortOptions options, const Shard& shard) {
  return {std::move(options), Engine::current().all().count(), shard.options().locale_collate};
}

// Source and destination on two cores: the core of the source leaves the result for the other.
Status sort_read(Request& request, Shard& shard, Carry& carry) {
  GYRE_TRY_LET(options, parse_sort(request));
  if (carry.is_here || !owns_key(request, kSource)) {
    return {};
  }
  Sorting sorting = make_sorting(std::move(options), shard);
  GYRE_TRY(sort_here(sorting, request, shard));
  carry.at(kSource).entry =
      store::make_value("", sorting.to_list(shard.options().limits), store::Entry::kNever);
  return {};
}

Status sort_write(Request& request, Shard& shard, Carry& carry, Reply& reply) {
  GYRE_TRY_LET(options, parse_sort(request));
  const uint32_t store = options.store;
  if (store != 0 && !owns_key(request, store)) {
    return {};
  }
  if (!carry.is_here) {
    store::Entry* entry = carry.take(kSource);
    reply.integer(store_result(shard, request.db, {request.arg(store), carry.at(store).hash},
                               std::move(entry->value<data::List>())));
    store::Entry::destroy(entry);
    return {};
  }
  Sorting sorting = make_sorting(std::move(options), shard);
  GYRE_TRY(sort_here(sorting, request, shard));
  if (store == 0) {
    sorting.reply(reply);
  } else {
    reply.integer(store_result(shard, request.db, {request.arg(store), carry.at(store).hash},
                               sorting.to_list(shard.options().limits)));
  }
  return {};
}

// ---- On all cores, as patterns may name keys on any of them ----

struct SortRun {
  Request& request;
  Sorting sorting;
  uint16_t home;
  uint16_t source;  // cores of the keys
  uint16_t destination;
  uint32_t store;
  Status status = {};
  int64_t stored = 0;
};

// Each step runs on all cores; most of them have something to do on one only.
constexpr exec::Step kSteps[] = {
    [](Engine& at, void* context) {
      auto& run = *static_cast<SortRun*>(context);
      if (at.core_id() == run.source) {
        const store::Key key{run.request.arg(kSource), store::key_hash(run.request.arg(kSource))};
        const exec::Careful careful(at, run.request);
        run.status = run.sorting.load(at.shard().db(run.request.db).find(key));
      }
    },
    [](Engine& at, void* context) {
      auto& run = *static_cast<SortRun*>(context);
      const exec::Careful careful(at, run.request);
      run.sorting.weigh(at, at.shard(), run.request.db);
    },
    [](Engine& at, void* context) {
      auto& run = *static_cast<SortRun*>(context);
      if (at.core_id() == run.home && run.status) {
        run.status = run.sorting.arrange();
      }
    },
    [](Engine& at, void* context) {
      auto& run = *static_cast<SortRun*>(context);
      if (run.status) {
        const exec::Careful careful(at, run.request);
        run.sorting.fetch(at, at.shard(), run.request.db);
      }
    },
    [](Engine& at, void* context) {
      auto& run = *static_cast<SortRun*>(context);
      if (run.store != 0 && at.core_id() == run.destination && run.status) {
        const exec::Careful careful(at, run.request);
        const std::string_view name = run.request.arg(run.store);
        run.stored = store_result(at.shard(), run.request.db, {name, store::key_hash(name)},
                                  run.sorting.to_list(at.shard().options().limits));
      }
    },
};

ring::Task<Status> sort_everywhere(Request& request, Reply& reply) {  // both outlive the task
  Engine& engine = Engine::current();
  auto options = parse_sort(request);
  if (!options) {
    co_return fail(options.error());
  }
  const uint32_t store = options->store;
  SortRun run{.request = request,
              .sorting = make_sorting(std::move(*options), engine.shard()),
              .home = engine.core_id(),
              .source = engine.owner_of(request.arg(kSource)),
              .destination = store != 0 ? engine.owner_of(request.arg(store)) : uint16_t{0},
              .store = store};
  co_await exec::run_in_steps(request, store != 0, kSteps, &run);
  if (!run.status) {
    co_return run.status;
  }
  if (store == 0) {
    run.sorting.reply(reply);
  } else {
    reply.integer(run.stored);
  }
  co_return Status{};
}

bool has_patterns(const Request& request) {
  const auto options = parse_sort(request);
  return options && options->has_patterns();
}

// The argument behind the last STORE that is a word and no argument of another one.
uint32_t find_store(std::span<const std::string_view> args) {
  uint32_t store = 0;
  for (size_t i = 2; i < args.size(); ++i) {
    if (base::equals_ignore_case(args[i], "LIMIT")) {
      i += 2;
    } else if (base::equals_ignore_case(args[i], "BY") ||
               base::equals_ignore_case(args[i], "GET")) {
      ++i;
    } else if (base::equals_ignore_case(args[i], "STORE") && i + 1 < args.size()) {
      store = static_cast<uint32_t>(++i);
    }
  }
  return store;
}

constexpr exec::KeySpec kPatternKeys{.flags = "RO access",
                                     .notes = "Which keys BY and GET read depends on the elements",
                                     .begin = exec::KeySpec::Begin::none};
constexpr exec::KeySpec kSortKeys[] = {
    {.flags = "RO access"},
    kPatternKeys,
    {.flags = "OW update",
     .notes = "STORE may stand anywhere among the options",
     .begin = exec::KeySpec::Begin::none,
     .locate = find_store},
};
constexpr exec::KeySpec kReadOnlyKeys[] = {{.flags = "RO access"}, kPatternKeys};

constexpr std::string_view kCost =
    "O(N+M*log(M)) where N is the number of elements and M the number returned";

constexpr exec::Command kRows[] = {
    {.name = "SORT",
     .since = "1.0.0",
     .group = exec::Group::generic,
     .complexity = kCost,
     .summary = "Returns or stores the elements of a list, set or sorted set in order.",
     .syntax = "key [BY pattern] [LIMIT offset count] [GET pattern [GET pattern ...]] [ASC|DESC] "
               "[ALPHA] [STORE destination]",
     .flags = exec::kWrite | exec::kDenyoom | exec::kMovablekeys,
     .categories = "-keyspace set sortedset list dangerous",
     .keys = kSortKeys,
     .shape = exec::gather_or_wait(sort_read, sort_write, has_patterns, sort_everywhere)},
    {.name = "SORT_RO",
     .since = "7.0.0",
     .group = exec::Group::generic,
     .complexity = kCost,
     .summary = "Returns the elements of a list, set or sorted set in order.",
     .syntax = "key [BY pattern] [LIMIT offset count] [GET pattern [GET pattern ...]] [ASC|DESC] "
               "[ALPHA]",
     .flags = exec::kReadonly | exec::kMovablekeys,
     .categories = "-keyspace set sortedset list dangerous",
     .keys = kReadOnlyKeys,
     .shape = exec::gather_or_wait(sort_read, sort_write, has_patterns, sort_everywhere)},
};

}  // namespace

extern const exec::Rows generic_sort{kRows};

}  // namespace gyre::commands
