// Benches of data/stream.h beside a tree of packed blocks as in Redis: append, queue, lookup,
// range, iterate, trim.
#include "data/stream.h"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string_view>
#include <type_traits>

#include "base/heap.h"
#include "base/random.h"

namespace gyre::data {
namespace {

constexpr int64_t kLarge = 1'000'000;
constexpr size_t kRange = 100;
constexpr size_t kLength = 10'000;  // of a stream that is trimmed
constexpr std::string_view kName = "field";

std::string_view value_of(uint64_t number) {
  static char text[24];
  const int size = std::snprintf(text, sizeof text, "value:%010lu", number);
  return {text, static_cast<size_t>(size)};
}

StreamId id_of(uint64_t number) { return {1'700'000'000'000 + number / 4, number % 4}; }

// Blocks of 4 KB or a hundred entries in a tree by their first id. An entry is a mark, its id as a
// difference to the first one, and its value, each behind its length and before it once more, as
// the elements of a listpack are. All have one field, whose name the block has once.
class PackedTree {
 public:
  PackedTree() = default;
  PackedTree(const PackedTree&) = delete;
  PackedTree& operator=(const PackedTree&) = delete;
  ~PackedTree() {
    for (const auto& [id, block] : blocks_) {
      std::free(block);
    }
  }

  size_t size() const { return size_; }

  void append(StreamId id, std::string_view value) {
    Block* block = blocks_.empty() ? nullptr : blocks_.rbegin()->second;
    if (block == nullptr || block->all == kEntriesMax || block->bytes + kEntryMax > kBytesMax) {
      block = static_cast<Block*>(std::malloc(sizeof(Block)));
      *block = {.first = id};
      put(*block, kName);
      blocks_.emplace(id, block);
    }
    const uint64_t ms = id.ms - block->first.ms;
    const uint64_t seq = id.seq;
    put(*block, {"\0", 1});
    put(*block, {reinterpret_cast<const char*>(&ms), 2});
    put(*block, {reinterpret_cast<const char*>(&seq), 2});
    put(*block, value);
    ++block->all;
    ++block->live;
    ++size_;
  }

  // Calls visit(id, name, value) for the entries from an id on, until it returns false.
  template <typename Visit>
  void visit(StreamId from, Visit&& visit) const {
    auto at = blocks_.upper_bound(from);
    if (at != blocks_.begin()) {
      --at;
    }
    for (; at != blocks_.end(); ++at) {
      const Block& block = *at->second;
      size_t offset = 0;
      const std::string_view name = next(block, offset);
      while (offset < block.bytes) {
        Entry entry = read(block, offset);
        if (!entry.is_deleted && entry.id >= from && !visit(entry.id, name, entry.value)) {
          return;
        }
      }
    }
  }

  void trim(size_t length) {
    while (size_ > length) {
      Block& block = *blocks_.begin()->second;
      if (size_ - length >= block.live) {
        size_ -= block.live;
        std::free(&block);
        blocks_.erase(blocks_.begin());
        continue;
      }
      size_t offset = 0;
      next(block, offset);
      while (size_ > length) {
        char* mark = block.data + offset + 1;
        if (!read(block, offset).is_deleted) {
          *mark = 1;
          --block.live;
          --size_;
        }
      }
    }
  }

 private:
  static constexpr size_t kBytesMax = 4096;
  static constexpr size_t kEntriesMax = 100;
  static constexpr size_t kEntryMax = 64;

  struct Block {
    StreamId first;
    uint32_t bytes = 0;
    uint16_t all = 0;
    uint16_t live = 0;
    char data[kBytesMax] = {};
  };
  struct Entry {
    bool is_deleted;
    StreamId id;
    std::string_view value;
  };

  static void put(Block& block, std::string_view text) {
    char* at = block.data + block.bytes;
    at[0] = static_cast<char>(text.size());
    std::memcpy(at + 1, text.data(), text.size());
    at[1 + text.size()] = at[0];
    block.bytes += static_cast<uint32_t>(text.size()) + 2;
  }
  static std::string_view next(const Block& block, size_t& offset) {
    const auto size = static_cast<uint8_t>(block.data[offset]);
    const std::string_view text(block.data + offset + 1, size);
    offset += size + 2u;
    return text;
  }
  static Entry read(const Block& block, size_t& offset) {
    const bool is_deleted = next(block, offset)[0] != 0;
    uint16_t ms;
    uint16_t seq;
    std::memcpy(&ms, next(block, offset).data(), sizeof ms);
    std::memcpy(&seq, next(block, offset).data(), sizeof seq);
    return {is_deleted, {block.first.ms + ms, seq}, next(block, offset)};
  }

  std::map<StreamId, Block*> blocks_;
  size_t size_ = 0;
};

void append(Stream& stream, uint64_t number) {
  const std::string_view fields[] = {kName, value_of(number)};
  stream.append(id_of(number), fields, {});
}

void fill(Stream& stream, int64_t entries) {
  for (int64_t i = 0; i < entries; ++i) {
    append(stream, static_cast<uint64_t>(i));
  }
}
void fill(PackedTree& tree, int64_t entries) {
  for (int64_t i = 0; i < entries; ++i) {
    tree.append(id_of(static_cast<uint64_t>(i)), value_of(static_cast<uint64_t>(i)));
  }
}

void stream_append(benchmark::State& state) {
  double bytes = 0;
  for (auto _ : state) {
    const int64_t used = base::heap_used;
    Stream stream = Stream::make();
    fill(stream, state.range(0));
    bytes = static_cast<double>(base::heap_used - used) / static_cast<double>(state.range(0));
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
  state.counters["bytes"] = bytes;
}
void packed_append(benchmark::State& state) {
  for (auto _ : state) {
    PackedTree tree;
    fill(tree, state.range(0));
    benchmark::DoNotOptimize(tree.size());
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

// An entry comes, and the oldest one goes.
void stream_queue(benchmark::State& state) {
  Stream stream = Stream::make();
  fill(stream, kLength);
  uint64_t number = kLength;
  for (auto _ : state) {
    append(stream, number++);
    Stream rest;
    stream.trim({.length = kLength, .below = {}}, rest);
  }
}
void packed_queue(benchmark::State& state) {
  PackedTree tree;
  fill(tree, kLength);
  uint64_t number = kLength;
  for (auto _ : state) {
    tree.append(id_of(number), value_of(number));
    ++number;
    tree.trim(kLength);
  }
}

void stream_find(benchmark::State& state) {
  Stream stream = Stream::make();
  fill(stream, state.range(0));
  base::Random random(1);
  for (auto _ : state) {
    const StreamId id = id_of(random.below(static_cast<uint64_t>(state.range(0))));
    benchmark::DoNotOptimize(stream.find(id)->fields());
  }
}
void packed_find(benchmark::State& state) {
  PackedTree tree;
  fill(tree, state.range(0));
  base::Random random(1);
  for (auto _ : state) {
    const StreamId id = id_of(random.below(static_cast<uint64_t>(state.range(0))));
    tree.visit(id, [&](StreamId, std::string_view, std::string_view value) {
      benchmark::DoNotOptimize(value.size());
      return false;
    });
  }
}

// A hundred entries from somewhere on, or all of them.
void stream_range(benchmark::State& state, bool is_all) {
  Stream stream = Stream::make();
  fill(stream, state.range(0));
  const auto entries = static_cast<uint64_t>(state.range(0));
  const size_t count = is_all ? entries : std::min<size_t>(kRange, entries / 2);
  base::Random random(1);
  for (auto _ : state) {
    size_t left = count;
    size_t bytes = 0;
    const StreamId from = is_all ? StreamId() : id_of(random.below(entries - count));
    stream.visit(from, StreamId::max(), [&](const StreamEntry& entry) {
      entry.for_each(
          [&](const Element& name, const Element& value) { bytes += name.size() + value.size(); });
      return --left > 0;
    });
    benchmark::DoNotOptimize(bytes);
  }
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(count));
}
void packed_range(benchmark::State& state, bool is_all) {
  PackedTree tree;
  fill(tree, state.range(0));
  const auto entries = static_cast<uint64_t>(state.range(0));
  const size_t count = is_all ? entries : std::min<size_t>(kRange, entries / 2);
  base::Random random(1);
  for (auto _ : state) {
    size_t left = count;
    size_t bytes = 0;
    const StreamId from = is_all ? StreamId() : id_of(random.below(entries - count));
    tree.visit(from, [&](StreamId, std::string_view name, std::string_view value) {
      bytes += name.size() + value.size();
      return --left > 0;
    });
    benchmark::DoNotOptimize(bytes);
  }
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(count));
}

// Nine tenths of the entries go at once. The time of the Stream is also that of freeing them.
template <typename T>
void trim(benchmark::State& state, T& stream) {
  if constexpr (std::is_same_v<T, Stream>) {
    Stream rest;
    stream.trim({.length = static_cast<uint64_t>(state.range(0)) / 10, .below = {}}, rest);
  } else {
    stream.trim(static_cast<size_t>(state.range(0)) / 10);
  }
}
void stream_trim(benchmark::State& state) {
  for (auto _ : state) {
    state.PauseTiming();
    Stream stream = Stream::make();
    fill(stream, state.range(0));
    state.ResumeTiming();
    trim(state, stream);
  }
}
void packed_trim(benchmark::State& state) {
  for (auto _ : state) {
    state.PauseTiming();
    PackedTree tree;
    fill(tree, state.range(0));
    state.ResumeTiming();
    trim(state, tree);
  }
}

constexpr int64_t kSmall = 50;
BENCHMARK(stream_append)->Arg(kSmall)->Arg(kLarge);
BENCHMARK(packed_append)->Arg(kSmall)->Arg(kLarge);
BENCHMARK(stream_queue);
BENCHMARK(packed_queue);
BENCHMARK(stream_find)->Arg(kSmall)->Arg(kLarge);
BENCHMARK(packed_find)->Arg(kSmall)->Arg(kLarge);
BENCHMARK_CAPTURE(stream_range, some, false)->Arg(kSmall)->Arg(kLarge);
BENCHMARK_CAPTURE(packed_range, some, false)->Arg(kSmall)->Arg(kLarge);
BENCHMARK_CAPTURE(stream_range, all, true)->Arg(kSmall)->Arg(kLarge);
BENCHMARK_CAPTURE(packed_range, all, true)->Arg(kSmall)->Arg(kLarge);
BENCHMARK(stream_trim)->Arg(kLarge);
BENCHMARK(packed_trim)->Arg(kLarge);

}  // namespace
}  // namespace gyre::data

BENCHMARK_MAIN();
