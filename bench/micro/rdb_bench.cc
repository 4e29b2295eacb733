// Benches of RDB files: to write keys, to find where they end, to make entries of them; per key.
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "base/crc.h"
#include "persist/rdb_file_reader.h"
#include "persist/rdb_file_writer.h"
#include "store/value.h"

namespace gyre::persist {
namespace {

constexpr size_t kKeys = 20'000;
constexpr data::Limits kLimits{};

std::string key_of(size_t number) { return "key:" + std::to_string(1'000'000'000 + number); }

store::Entry* make_string(size_t number) {
  std::string value(64, '\0');
  for (size_t i = 0; i < value.size(); ++i) {
    value[i] = static_cast<char>('a' + (number * 7919 + i * i * 31) % 53);
  }
  return store::Entry::make_inline(key_of(number), value, store::Entry::kNever);
}

store::Entry* make_hash(size_t number) {
  data::Hash hash;
  for (const char* name : {"name", "email", "age", "city", "score"}) {
    hash.set(name, "value " + std::to_string(number), 0, kLimits);
  }
  return store::make_value(key_of(number), std::move(hash), store::Entry::kNever);
}

store::Entry* make_set(size_t number) {
  data::Set set;
  for (size_t i = 0; i < 5; ++i) {
    set.add(data::Element::of("member " + std::to_string(number + i)), kLimits);
  }
  return store::make_value(key_of(number), std::move(set), store::Entry::kNever);
}

store::Entry* make_sorted_set(size_t number) {
  data::SortedSet set;
  for (size_t i = 0; i < 5; ++i) {
    set.append("member " + std::to_string(i), static_cast<double>(number + i), kLimits);
  }
  return store::make_value(key_of(number), std::move(set), store::Entry::kNever);
}

store::Entry* make_list(size_t number) {
  data::List list;
  for (size_t i = 0; i < 5; ++i) {
    const std::string text = "element " + std::to_string(number + i);
    list.reserve(1, text.size(), kLimits);
    list.push(data::Side::back, data::Element::of(text), {}, kLimits);
  }
  return store::make_value(key_of(number), std::move(list), store::Entry::kNever);
}

using Make = store::Entry* (*)(size_t);
constexpr Make kMakers[] = {make_string, make_hash, make_list, make_set, make_sorted_set};
constexpr const char* kNames[] = {"strings", "hashes", "lists", "sets", "sorted sets"};

struct Entries {
  explicit Entries(Make make) {
    for (size_t i = 0; i < kKeys; ++i) {
      all.push_back(make(i));
    }
  }
  ~Entries() {
    for (store::Entry* entry : all) {
      store::Entry::destroy(entry);
    }
  }
  std::vector<store::Entry*> all;
};

// Lends the same memory again and again.
class Drain final : public Sink {
 public:
  Drain() { lend(memory_, memory_ + sizeof memory_); }

 private:
  void more(size_t) override { lend(memory_, memory_ + sizeof memory_); }

  char memory_[size_t{256} << 10];
};

void write_all(RdbWriter& writer, const Entries& entries) {
  RdbChunkWriter chunk(writer);
  for (const store::Entry* entry : entries.all) {
    chunk.write(0, *entry);
  }
}

std::string encode(Make make) {
  BlobSink sink;
  RdbWriter writer(sink, true);
  write_all(writer, Entries(make));
  return std::string(sink.bytes());
}

void per_key(benchmark::State& state) {
  state.SetLabel(kNames[state.range(0)]);
  state.counters["per_key"] = benchmark::Counter(
      kKeys, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

void write(benchmark::State& state) {
  const Entries entries(kMakers[state.range(0)]);
  Drain drain;
  RdbWriter writer(drain, state.range(1) != 0);
  for (auto _ : state) {
    write_all(writer, entries);
  }
  per_key(state);
}
BENCHMARK(write)->ArgsProduct({{0, 1, 2, 3, 4}, {0, 1}});

template <typename Use>
void read_all(const std::string& bytes, Use use) {
  RdbFileReader reader(kVersion, {.offset = 1, .size = bytes.size()});
  std::string_view window = bytes;
  while (reader.next(window) == RdbFileReader::Step::item) {
    window.remove_prefix(reader.item().size);
    if (reader.item().kind == RdbItem::Kind::key) {
      use(reader.item().key);
    }
  }
}

void skim(benchmark::State& state) {
  const std::string bytes = encode(kMakers[state.range(0)]);
  for (auto _ : state) {
    read_all(bytes, [](const RdbRecord& record) { benchmark::DoNotOptimize(record); });
  }
  per_key(state);
}
BENCHMARK(skim)->DenseRange(0, 4);

// And to destroy the entries.
void build(benchmark::State& state) {
  const std::string bytes = encode(kMakers[state.range(0)]);
  std::vector<RdbRecord> records;
  read_all(bytes, [&](const RdbRecord& record) { records.push_back(record); });
  std::vector<store::Entry*> made(records.size());
  for (auto _ : state) {
    for (size_t i = 0; i < records.size(); ++i) {
      made[i] = *build_entry(records[i], {kLimits, kVersion, SIZE_MAX});
    }
    for (store::Entry* entry : made) {
      store::Entry::destroy(entry);
    }
  }
  per_key(state);
}
BENCHMARK(build)->DenseRange(0, 4);

void sum(benchmark::State& state) {
  const std::string bytes(size_t{1} << 20, 'x');
  uint64_t result = 0;
  for (auto _ : state) {
    result = state.range(0) == 64 ? base::crc64(result, bytes)
                                  : base::crc32c(static_cast<uint32_t>(result), bytes);
  }
  benchmark::DoNotOptimize(result);
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(bytes.size()));
}
BENCHMARK(sum)->Arg(64)->Arg(32);

}  // namespace
}  // namespace gyre::persist

BENCHMARK_MAIN();
