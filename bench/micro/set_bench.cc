// Benches of data/set.h beside std::unordered_set of strings ("plain"), and beside a table of
// chained entries and strings as in Redis ("chained").
#include "data/set.h"

#include <benchmark/benchmark.h>

#include <cstdio>
#include <string>
#include <unordered_set>
#include <vector>

#include "base/heap.h"
#include "base/random.h"
#include "chained_table.h"
#include "data/set_algebra.h"

namespace gyre::data {
namespace {

using Chained = bench::ChainedTable;
using Plain = std::unordered_set<std::string>;

std::string name(uint64_t number) {
  char text[24];
  const int size = std::snprintf(text, sizeof text, "element:%012lu", number);
  return {text, static_cast<size_t>(size)};
}

std::vector<std::string> random_names(uint64_t below) {
  base::Random random(1);
  std::vector<std::string> names;
  for (int i = 0; i < 1 << 16; ++i) {
    names.push_back(name(random.below(below)));
  }
  return names;
}

// Every `step`th of so many names.
Set make_set(int64_t members, uint64_t step = 1) {
  Set set;
  for (int64_t i = 0; i < members; ++i) {
    set.add(Element::of(name(static_cast<uint64_t>(i) * step)), {});
  }
  return set;
}
Plain make_plain(int64_t members, uint64_t step = 1) {
  Plain set;
  for (int64_t i = 0; i < members; ++i) {
    set.insert(name(static_cast<uint64_t>(i) * step));
  }
  return set;
}

void fill(Chained& set, int64_t members, uint64_t step = 1) {
  for (int64_t i = 0; i < members; ++i) {
    set.add(name(static_cast<uint64_t>(i) * step));
  }
}

void set_add(benchmark::State& state) {
  const auto members = static_cast<uint64_t>(state.range(0));
  std::vector<std::string> names;
  for (uint64_t i = 0; i < members; ++i) {
    names.push_back(name(i * 7919 % members));
  }
  double bytes = 0;
  for (auto _ : state) {
    const int64_t used = base::heap_used;
    Set set;
    for (const std::string& text : names) {
      set.add(Element::of(text), {});
    }
    bytes = static_cast<double>(base::heap_used - used) / static_cast<double>(members);
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
  state.counters["bytes"] = bytes;
}

void plain_add(benchmark::State& state) {
  const auto members = static_cast<uint64_t>(state.range(0));
  std::vector<std::string> names;
  for (uint64_t i = 0; i < members; ++i) {
    names.push_back(name(i * 7919 % members));
  }
  for (auto _ : state) {
    Plain set;
    for (const std::string& text : names) {
      set.insert(text);
    }
    benchmark::DoNotOptimize(set.size());
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

void chained_add(benchmark::State& state) {
  const auto members = static_cast<uint64_t>(state.range(0));
  std::vector<std::string> names;
  for (uint64_t i = 0; i < members; ++i) {
    names.push_back(name(i * 7919 % members));
  }
  for (auto _ : state) {
    Chained set;
    for (const std::string& text : names) {
      set.add(text);
    }
    benchmark::DoNotOptimize(set.size());
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

void set_hit(benchmark::State& state) {
  const Set set = make_set(state.range(0));
  const std::vector<std::string> names = random_names(static_cast<uint64_t>(state.range(0)));
  size_t i = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(set.contains(Element::of(names[i++ % names.size()])));
  }
}

void plain_hit(benchmark::State& state) {
  const Plain set = make_plain(state.range(0));
  const std::vector<std::string> names = random_names(static_cast<uint64_t>(state.range(0)));
  size_t i = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(set.contains(names[i++ % names.size()]));
  }
}

void chained_hit(benchmark::State& state) {
  Chained set;
  fill(set, state.range(0));
  const std::vector<std::string> names = random_names(static_cast<uint64_t>(state.range(0)));
  size_t i = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(set.contains(names[i++ % names.size()]));
  }
}

void set_of_integers_hit(benchmark::State& state) {
  Set set;
  for (int64_t i = 0; i < state.range(0); ++i) {
    set.add(Element(i * 1000), {});
  }
  base::Random random(1);
  for (auto _ : state) {
    const uint64_t number = random.below(static_cast<uint64_t>(state.range(0))) * 1000;
    benchmark::DoNotOptimize(set.contains(Element(static_cast<int64_t>(number))));
  }
}

void set_iterate(benchmark::State& state) {
  const Set set = make_set(state.range(0));
  for (auto _ : state) {
    size_t bytes = 0;
    set.for_each([&](const Element& element) { bytes += element.size(); });
    benchmark::DoNotOptimize(bytes);
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

void plain_iterate(benchmark::State& state) {
  const Plain set = make_plain(state.range(0));
  for (auto _ : state) {
    size_t bytes = 0;
    for (const std::string& text : set) {
      bytes += text.size();
    }
    benchmark::DoNotOptimize(bytes);
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

void chained_iterate(benchmark::State& state) {
  Chained set;
  fill(set, state.range(0));
  for (auto _ : state) {
    size_t bytes = 0;
    set.for_each([&](std::string_view text, std::string_view) { bytes += text.size(); });
    benchmark::DoNotOptimize(bytes);
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

// Half of the members are in both.
void set_intersect(benchmark::State& state) {
  const Set left = make_set(state.range(0), 2);
  const Set right = make_set(state.range(0) * 2, 4);
  const Set* sets[] = {&left, &right};
  for (auto _ : state) {
    size_t count = 0;
    intersect(sets, [&](const Element&) { return ++count != 0; });
    benchmark::DoNotOptimize(count);
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

void plain_intersect(benchmark::State& state) {
  const Plain left = make_plain(state.range(0), 2);
  const Plain right = make_plain(state.range(0) * 2, 4);
  for (auto _ : state) {
    size_t count = 0;
    for (const std::string& text : left) {
      count += right.contains(text) ? 1 : 0;
    }
    benchmark::DoNotOptimize(count);
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

void chained_intersect(benchmark::State& state) {
  Chained left;
  Chained right;
  fill(left, state.range(0), 2);
  fill(right, state.range(0) * 2, 4);
  for (auto _ : state) {
    size_t count = 0;
    left.for_each(
        [&](std::string_view text, std::string_view) { count += right.contains(text) ? 1 : 0; });
    benchmark::DoNotOptimize(count);
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

void set_random(benchmark::State& state) {
  const Set set = make_set(state.range(0));
  base::Random random(1);
  for (auto _ : state) {
    benchmark::DoNotOptimize(set.random(random).size());
  }
}

constexpr int64_t kPacked = 20;
constexpr int64_t kSmall = 1000;
constexpr int64_t kLarge = 1'000'000;
BENCHMARK(set_add)->Arg(kPacked)->Arg(kSmall)->Arg(kLarge);
BENCHMARK(plain_add)->Arg(kPacked)->Arg(kSmall)->Arg(kLarge);
BENCHMARK(chained_add)->Arg(kPacked)->Arg(kSmall)->Arg(kLarge);
BENCHMARK(set_hit)->Arg(kPacked)->Arg(kSmall)->Arg(kLarge);
BENCHMARK(plain_hit)->Arg(kPacked)->Arg(kSmall)->Arg(kLarge);
BENCHMARK(chained_hit)->Arg(kPacked)->Arg(kSmall)->Arg(kLarge);
BENCHMARK(set_of_integers_hit)->Arg(kPacked)->Arg(500)->Arg(kLarge);
BENCHMARK(set_iterate)->Arg(kPacked)->Arg(kSmall)->Arg(kLarge);
BENCHMARK(plain_iterate)->Arg(kPacked)->Arg(kSmall)->Arg(kLarge);
BENCHMARK(chained_iterate)->Arg(kPacked)->Arg(kSmall)->Arg(kLarge);
BENCHMARK(set_intersect)->Arg(kPacked)->Arg(kSmall)->Arg(kLarge);
BENCHMARK(plain_intersect)->Arg(kPacked)->Arg(kSmall)->Arg(kLarge);
BENCHMARK(chained_intersect)->Arg(kPacked)->Arg(kSmall)->Arg(kLarge);
BENCHMARK(set_random)->Arg(kPacked)->Arg(kSmall)->Arg(kLarge);

}  // namespace
}  // namespace gyre::data

BENCHMARK_MAIN();
