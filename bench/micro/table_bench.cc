// Benches of store/table.h: lookups at random in tables beyond the cache, beside
// std::unordered_map.
#include "store/table.h"

#include <benchmark/benchmark.h>
#include <time.h>

#include <algorithm>
#include <cstdio>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/hash.h"
#include "base/random.h"

namespace gyre::store {
namespace {

uint64_t hash_of(std::string_view key) { return base::hash_bytes(key, 7); }

std::string name(uint64_t number) {
  char text[24];
  const int size = std::snprintf(text, sizeof text, "key:%012lu", number);
  return {text, static_cast<size_t>(size)};
}

struct HashOf {
  size_t operator()(const std::string& key) const { return hash_of(key); }
};
using Map = std::unordered_map<std::string, Entry*, HashOf>;

// Made once per size; the benches below only read it.
Table& table_of(uint64_t keys) {
  static std::unordered_map<uint64_t, Table> tables;
  const auto at = tables.find(keys);
  if (at != tables.end()) {
    return at->second;
  }
  Table& table = tables.emplace(keys, Table(hash_of)).first->second;
  for (uint64_t i = 0; i < keys; ++i) {
    const std::string key = name(i);
    table.insert(hash_of(key), Entry::make_integer(key, 1, Entry::kNever));
  }
  return table;
}

Map& map_of(uint64_t keys) {
  static std::unordered_map<uint64_t, Map> maps;
  Map& map = maps[keys];
  if (map.empty()) {
    for (uint64_t i = 0; i < keys; ++i) {
      const std::string key = name(i);
      map.emplace(key, Entry::make_integer(key, 1, Entry::kNever));
    }
  }
  return map;
}

// Of this thread, so that others on the machine do not count.
double cpu_us() {
  timespec time;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_nsec) * 1e-3;
}

std::vector<std::string> random_names(uint64_t keys, uint64_t first) {
  base::Random random(1);
  std::vector<std::string> names;
  for (int i = 0; i < 1 << 16; ++i) {
    names.push_back(name(first + random.below(keys)));
  }
  return names;
}

void table_hit(benchmark::State& state) {
  const auto keys = static_cast<uint64_t>(state.range(0));
  const Table& table = table_of(keys);
  const std::vector<std::string> names = random_names(keys, 0);
  size_t i = 0;
  for (auto _ : state) {
    const std::string& key = names[i++ % names.size()];
    benchmark::DoNotOptimize(table.find({key, hash_of(key)}).item()->integer());
  }
  state.counters["bytes/key"] = static_cast<double>(table.memory()) / static_cast<double>(keys);
}

void map_hit(benchmark::State& state) {
  const auto keys = static_cast<uint64_t>(state.range(0));
  const Map& map = map_of(keys);
  const std::vector<std::string> names = random_names(keys, 0);
  size_t i = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(map.find(names[i++ % names.size()])->second->integer());
  }
}

void table_miss(benchmark::State& state) {
  const auto keys = static_cast<uint64_t>(state.range(0));
  const Table& table = table_of(keys);
  const std::vector<std::string> names = random_names(keys, keys);
  size_t i = 0;
  for (auto _ : state) {
    const std::string& key = names[i++ % names.size()];
    benchmark::DoNotOptimize(table.find({key, hash_of(key)}).slot);
  }
}

void map_miss(benchmark::State& state) {
  const auto keys = static_cast<uint64_t>(state.range(0));
  const Map& map = map_of(keys);
  const std::vector<std::string> names = random_names(keys, keys);
  size_t i = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(map.find(names[i++ % names.size()]) == map.end());
  }
}

// What a pipeline does: hash all, touch the slots of all, touch the entries of all, then look up.
void table_hit_in_batches_of_16(benchmark::State& state) {
  constexpr size_t kBatch = 16;
  const auto keys = static_cast<uint64_t>(state.range(0));
  const Table& table = table_of(keys);
  const std::vector<std::string> names = random_names(keys, 0);
  size_t i = 0;
  uint64_t hashes[kBatch];
  for (auto _ : state) {
    for (size_t j = 0; j < kBatch; ++j) {
      hashes[j] = hash_of(names[(i + j) % names.size()]);
      table.prefetch_slots(hashes[j]);
    }
    for (const uint64_t hash : hashes) {
      table.prefetch_item(hash);
    }
    for (size_t j = 0; j < kBatch; ++j) {
      const std::string& key = names[(i + j) % names.size()];
      benchmark::DoNotOptimize(table.find({key, hashes[j]}).item()->integer());
    }
    i += kBatch;
  }
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations() * kBatch));
}

// Grows from nothing; the counter is the longest single insert, which a split or a directory makes.
void table_grow(benchmark::State& state) {
  const auto keys = static_cast<uint64_t>(state.range(0));
  double longest_us = 0;
  for (auto _ : state) {
    Table table(hash_of);
    for (uint64_t i = 0; i < keys; ++i) {
      const std::string key = name(i);
      Entry* entry = Entry::make_integer(key, 1, Entry::kNever);
      const uint64_t hash = hash_of(key);
      const double begin = cpu_us();
      table.insert(hash, entry);
      longest_us = std::max(longest_us, cpu_us() - begin);
    }
    state.PauseTiming();
    while (!table.drain(SIZE_MAX)) {
    }
    state.ResumeTiming();
  }
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations() * keys));
  state.counters["longest insert us"] = longest_us;
}

void map_grow(benchmark::State& state) {
  const auto keys = static_cast<uint64_t>(state.range(0));
  double longest_us = 0;
  for (auto _ : state) {
    Map map;
    for (uint64_t i = 0; i < keys; ++i) {
      const std::string key = name(i);
      const double begin = cpu_us();
      map.emplace(key, nullptr);
      longest_us = std::max(longest_us, cpu_us() - begin);
    }
  }
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations() * keys));
  state.counters["longest insert us"] = longest_us;
}

void table_take_and_insert(benchmark::State& state) {
  const auto keys = static_cast<uint64_t>(state.range(0));
  Table& table = table_of(keys);
  const std::vector<std::string> names = random_names(keys, 0);
  size_t i = 0;
  for (auto _ : state) {
    const std::string& key = names[i++ % names.size()];
    const uint64_t hash = hash_of(key);
    Entry* entry = table.take(table.find({key, hash}));
    table.insert(hash, entry);
  }
}

constexpr int64_t kSmall = 10'000;
constexpr int64_t kLarge = 2'000'000;
BENCHMARK(table_hit)->Arg(kSmall)->Arg(kLarge);
BENCHMARK(map_hit)->Arg(kSmall)->Arg(kLarge);
BENCHMARK(table_miss)->Arg(kSmall)->Arg(kLarge);
BENCHMARK(map_miss)->Arg(kSmall)->Arg(kLarge);
BENCHMARK(table_hit_in_batches_of_16)->Arg(kSmall)->Arg(kLarge);
BENCHMARK(table_take_and_insert)->Arg(kSmall)->Arg(kLarge);
BENCHMARK(table_grow)->Arg(kLarge)->Unit(benchmark::kMillisecond)->Iterations(1);
BENCHMARK(map_grow)->Arg(kLarge)->Unit(benchmark::kMillisecond)->Iterations(1);

}  // namespace
}  // namespace gyre::store

BENCHMARK_MAIN();
