// Benches of data/hash.h beside std::unordered_map of strings ("plain"), and beside a table of
// chained entries and strings as in Redis ("chained").
#include "data/hash.h"

#include <benchmark/benchmark.h>

#include <cstdio>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/heap.h"
#include "base/random.h"
#include "chained_table.h"

namespace gyre::data {
namespace {

using Chained = bench::ChainedTable;
using Plain = std::unordered_map<std::string, std::string>;

constexpr int64_t kNow = 1'700'000'000'000;
const std::string kValue(16, 'v');

std::string name(uint64_t number) {
  char text[24];
  const int size = std::snprintf(text, sizeof text, "field:%010lu", number);
  return {text, static_cast<size_t>(size)};
}

std::vector<std::string> all_names(uint64_t fields) {
  std::vector<std::string> names;
  for (uint64_t i = 0; i < fields; ++i) {
    names.push_back(name(i * 7919 % fields));
  }
  return names;
}

Hash make_hash(int64_t fields) {
  Hash hash;
  for (const std::string& text : all_names(static_cast<uint64_t>(fields))) {
    hash.set(text, kValue, kNow, {});
  }
  return hash;
}
Plain make_plain(int64_t fields) {
  Plain hash;
  for (const std::string& text : all_names(static_cast<uint64_t>(fields))) {
    hash[text] = kValue;
  }
  return hash;
}

void fill(Chained& hash, int64_t fields) {
  for (const std::string& text : all_names(static_cast<uint64_t>(fields))) {
    hash.set(text, kValue);
  }
}

void hash_set(benchmark::State& state) {
  const std::vector<std::string> names = all_names(static_cast<uint64_t>(state.range(0)));
  double bytes = 0;
  for (auto _ : state) {
    const int64_t used = base::heap_used;
    Hash hash;
    for (const std::string& text : names) {
      hash.set(text, kValue, kNow, {});
    }
    bytes = static_cast<double>(base::heap_used - used) / static_cast<double>(state.range(0));
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
  state.counters["bytes"] = bytes;
}

void plain_set(benchmark::State& state) {
  const std::vector<std::string> names = all_names(static_cast<uint64_t>(state.range(0)));
  for (auto _ : state) {
    Plain hash;
    for (const std::string& text : names) {
      hash[text] = kValue;
    }
    benchmark::DoNotOptimize(hash.size());
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

void chained_set(benchmark::State& state) {
  const std::vector<std::string> names = all_names(static_cast<uint64_t>(state.range(0)));
  for (auto _ : state) {
    Chained hash;
    for (const std::string& text : names) {
      hash.set(text, kValue);
    }
    benchmark::DoNotOptimize(hash.size());
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

void hash_overwrite(benchmark::State& state) {
  const std::vector<std::string> names = all_names(static_cast<uint64_t>(state.range(0)));
  Hash hash = make_hash(state.range(0));
  size_t i = 0;
  for (auto _ : state) {
    hash.set(names[i++ % names.size()], kValue, kNow, {});
  }
}

void plain_overwrite(benchmark::State& state) {
  const std::vector<std::string> names = all_names(static_cast<uint64_t>(state.range(0)));
  Plain hash = make_plain(state.range(0));
  size_t i = 0;
  for (auto _ : state) {
    hash[names[i++ % names.size()]] = kValue;
  }
}

void chained_overwrite(benchmark::State& state) {
  const std::vector<std::string> names = all_names(static_cast<uint64_t>(state.range(0)));
  Chained hash;
  fill(hash, state.range(0));
  size_t i = 0;
  for (auto _ : state) {
    hash.set(names[i++ % names.size()], kValue);
  }
}

void hash_hit(benchmark::State& state) {
  const std::vector<std::string> names = all_names(static_cast<uint64_t>(state.range(0)));
  const Hash hash = make_hash(state.range(0));
  size_t i = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(hash.find(names[i++ % names.size()], kNow)->value.size());
  }
}

void plain_hit(benchmark::State& state) {
  const std::vector<std::string> names = all_names(static_cast<uint64_t>(state.range(0)));
  const Plain hash = make_plain(state.range(0));
  size_t i = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(hash.find(names[i++ % names.size()])->second.size());
  }
}

void chained_hit(benchmark::State& state) {
  const std::vector<std::string> names = all_names(static_cast<uint64_t>(state.range(0)));
  Chained hash;
  fill(hash, state.range(0));
  size_t i = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(hash.value_of(names[i++ % names.size()]).size());
  }
}

void hash_iterate(benchmark::State& state) {
  const Hash hash = make_hash(state.range(0));
  for (auto _ : state) {
    size_t bytes = 0;
    hash.for_each(kNow, [&](const Element& field, const Element& value) {
      bytes += field.size() + value.size();
    });
    benchmark::DoNotOptimize(bytes);
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

void plain_iterate(benchmark::State& state) {
  const Plain hash = make_plain(state.range(0));
  for (auto _ : state) {
    size_t bytes = 0;
    for (const auto& [field, value] : hash) {
      bytes += field.size() + value.size();
    }
    benchmark::DoNotOptimize(bytes);
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

void chained_iterate(benchmark::State& state) {
  Chained hash;
  fill(hash, state.range(0));
  for (auto _ : state) {
    size_t bytes = 0;
    hash.for_each([&](std::string_view field, std::string_view value) {
      bytes += field.size() + value.size();
    });
    benchmark::DoNotOptimize(bytes);
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

// Fields that expire one after the other, and are set again.
void hash_expire(benchmark::State& state) {
  const std::vector<std::string> names = all_names(static_cast<uint64_t>(state.range(0)));
  Hash hash;
  int64_t now_ms = kNow;
  size_t i = 0;
  for (auto _ : state) {
    const std::string& text = names[i++ % names.size()];
    hash.set(text, kValue, now_ms, {});
    hash.set_expiry(text, now_ms + state.range(0) / 2, now_ms);
    now_ms += 1;
    if (i % 16 == 0) {
      hash.expire(now_ms, 100, [](std::string_view) {});
    }
  }
}

constexpr int64_t kPacked = 10;
constexpr int64_t kSmall = 1000;
constexpr int64_t kLarge = 1'000'000;
BENCHMARK(hash_set)->Arg(kPacked)->Arg(kSmall)->Arg(kLarge);
BENCHMARK(plain_set)->Arg(kPacked)->Arg(kSmall)->Arg(kLarge);
BENCHMARK(chained_set)->Arg(kPacked)->Arg(kSmall)->Arg(kLarge);
BENCHMARK(hash_overwrite)->Arg(kPacked)->Arg(kSmall)->Arg(kLarge);
BENCHMARK(plain_overwrite)->Arg(kPacked)->Arg(kSmall)->Arg(kLarge);
BENCHMARK(chained_overwrite)->Arg(kPacked)->Arg(kSmall)->Arg(kLarge);
BENCHMARK(hash_hit)->Arg(kPacked)->Arg(kSmall)->Arg(kLarge);
BENCHMARK(plain_hit)->Arg(kPacked)->Arg(kSmall)->Arg(kLarge);
BENCHMARK(chained_hit)->Arg(kPacked)->Arg(kSmall)->Arg(kLarge);
BENCHMARK(hash_iterate)->Arg(kPacked)->Arg(kSmall)->Arg(kLarge);
BENCHMARK(plain_iterate)->Arg(kPacked)->Arg(kSmall)->Arg(kLarge);
BENCHMARK(chained_iterate)->Arg(kPacked)->Arg(kSmall)->Arg(kLarge);
BENCHMARK(hash_expire)->Arg(kPacked)->Arg(kSmall)->Arg(kLarge);

}  // namespace
}  // namespace gyre::data

BENCHMARK_MAIN();
