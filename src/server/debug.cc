#include "server/debug.h"

#include <fmt/core.h>
#include <time.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "base/clock.h"
#include "exec/everywhere.h"
#include "persist/rdb_value.h"
#include "ring/sleep.h"
#include "server/every_core.h"

namespace gyre::server {
namespace {

using store::Digest;
using store::Entry;
using store::Form;

// Posted to a core that is to stand still; frees itself there.
struct Stall : ring::Message {
  uint64_t until_ns;

  explicit Stall(uint64_t until) : until_ns(until) {
    run = [](ring::Message& message, ring::Core&) {
      auto* self = static_cast<Stall*>(&message);
      self->stand_still();
      delete self;
    };
  }
  void stand_still() const {
    const timespec at = {.tv_sec = static_cast<time_t>(until_ns / 1'000'000'000),
                         .tv_nsec = static_cast<long>(until_ns % 1'000'000'000)};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, nullptr) != 0) {
    }
  }
};

std::string text_of(const Entry& entry) {
  switch (entry.form()) {
    case Form::inlined:
      return std::string(entry.inlined());
    case Form::integer:
      return std::to_string(entry.integer());
    case Form::blob:
      return std::string(entry.blob()->view());
    case Form::value:
      break;
  }
  return "";
}

// Bytes of the value in an RDB file.
size_t serialized_size(const Entry& entry, bool compresses) {
  persist::CountingSink sink;
  persist::RdbWriter writer(sink, compresses);
  persist::write_value(writer, entry, persist::type_of(entry));
  return sink.written();
}

struct DigestContext {
  std::vector<Digest> dbs;
  std::vector<bool> has_keys;
};

void add_core_digest(exec::Engine& at, void* context) {
  auto& all = *static_cast<DigestContext*>(context);
  store::Shard& shard = at.shard();
  all.dbs.resize(shard.databases());
  all.has_keys.resize(shard.databases());
  for (uint16_t i = 0; i < shard.databases(); ++i) {
    store::Keyspace& db = shard.db(i);
    if (db.size() == 0) {
      continue;
    }
    all.has_keys[i] = true;
    uint64_t cursor = 0;
    do {
      cursor = db.table().scan(
          cursor, 1024, [&](const Entry& entry) { all.dbs[i].add(store::entry_digest(entry)); });
    } while (cursor != 0);
  }
}

// Runs `function(Entry*, Shard&)` where the key lives; the entry is null if there is none.
template <typename Function>
auto with_key(exec::Engine& engine, uint16_t db, std::string_view key, Function function) {
  return on_core(engine.owner_of(key), [db, key, function](CoreServer& at) {
    store::Shard& shard = at.engine().shard();
    Entry* entry = shard.db(db).peek({key, store::key_hash(key)});
    return function(entry, shard);
  });
}

struct PopulateContext {
  uint16_t db;
  uint64_t count;
  std::string_view prefix;
  uint64_t size;
};

void populate_core(exec::Engine& at, void* context) {
  const auto& wanted = *static_cast<PopulateContext*>(context);
  store::Keyspace& db = at.shard().db(wanted.db);
  for (uint64_t i = 0; i < wanted.count; ++i) {
    const std::string name = fmt::format("{}:{}", wanted.prefix, i);
    if (at.owner_of(name) != at.core_id()) {
      continue;
    }
    const store::Key key{name, store::key_hash(name)};
    if (db.find_for_write(key) != nullptr) {
      continue;
    }
    std::string value = fmt::format("value:{}", i);
    if (wanted.size > 0) {
      value.resize(wanted.size, '\0');
    }
    if (value.size() <= Entry::kInlineMax) {
      db.put(key, Entry::make_inline(name, value, Entry::kNever));
    } else {
      db.put(key, Entry::make_blob(name, base::Blob::make(std::string_view(value)), Entry::kNever));
    }
    at.shard().commit(db, key, store::Event::set);
  }
}

}  // namespace

ring::Task<> freeze(double seconds) {
  const uint64_t until_ns = base::mono_ns() + static_cast<uint64_t>(std::max(0.0, seconds) * 1e9);
  CoreServer& here = CoreServer::current();
  for (uint16_t id = 0; id < here.server().core_count(); ++id) {
    if (id != here.core().id()) {
      here.core().post(id, *new Stall(until_ns));
    }
  }
  co_await ring::sleep_ms(1);  // or the others would hear of it only when this one is over
  Stall(until_ns).stand_still();
}

ring::Task<Digest> dataset_digest(const exec::Request& request) {
  DigestContext context;
  co_await exec::run_everywhere(request, false, add_core_digest, &context);
  Digest all;
  for (size_t i = 0; i < context.dbs.size(); ++i) {
    if (context.has_keys[i]) {
      const char index[4] = {0, 0, static_cast<char>(i >> 8), static_cast<char>(i)};
      all.mix({index, sizeof index});
      all.merge(context.dbs[i]);
    }
  }
  co_return all;
}

ring::Task<Digest> value_digest(exec::Engine& engine, uint16_t db, std::string_view key) {
  const Digest digest =
      co_await with_key(engine, db, key, [](const Entry* entry, const store::Shard&) {
        Digest value;
        if (entry != nullptr) {
          store::mix_value(value, *entry);
        }
        return value;
      });
  co_return digest;
}

ring::Task<std::string> describe_object(exec::Engine& engine, uint16_t db, std::string_view key) {
  std::string line =
      co_await with_key(engine, db, key, [](const Entry* entry, const store::Shard& shard) {
        if (entry == nullptr) {
          return std::string();
        }
        return fmt::format(
            "Value at:{} refcount:{} encoding:{} serializedlength:{} lru:{} lru_seconds_idle:{}",
            static_cast<const void*>(entry), shard.reference_count(*entry),
            store::encoding_name(*entry), serialized_size(*entry, shard.options().compresses_dumps),
            entry->access(), shard.options().is_lfu ? 0 : shard.idle_seconds(*entry));
      });
  co_return line;
}

ring::Task<std::string> describe_string(exec::Engine& engine, uint16_t db, std::string_view key) {
  std::string line =
      co_await with_key(engine, db, key, [key](const Entry* entry, const store::Shard&) {
        if (entry == nullptr || entry->type() != store::Type::string) {
          return std::string(entry == nullptr ? "" : kNoString);
        }
        return fmt::format(
            "key_sds_len:{}, key_sds_avail:0, key_zmalloc: {}, val_sds_len:{}, val_sds_avail:0, "
            "val_zmalloc: {}",
            key.size(), key.size(), text_of(*entry).size(), entry->memory());
      });
  co_return line;
}

ring::Task<std::string> describe_tables(uint16_t db) {
  std::string text;
  co_await on_every_core([&](CoreServer& at) {
    store::Keyspace& keys = at.engine().shard().db(db);
    const store::Table& table = keys.table();
    fmt::format_to(std::back_inserter(text),
                   "[Core {}]\n keys: {}\n keys that expire: {}\n slots: {}\n bytes: {}\n load: "
                   "{:.2f}\n",
                   at.core().id(), table.size(), keys.expiring(), table.slots(), table.memory(),
                   table.slots() == 0
                       ? 0.0
                       : static_cast<double>(table.size()) / static_cast<double>(table.slots()));
  });
  co_return text;
}

ring::Task<> populate(const exec::Request& request, uint64_t count, std::string_view prefix,
                      uint64_t size) {
  PopulateContext context{request.db, count, prefix, size};
  co_await exec::run_everywhere(request, true, populate_core, &context);
}

}  // namespace gyre::server
