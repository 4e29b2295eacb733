// Tests of data/stream.h against a plain map: blocks of every size, deletions, trimming, groups.
#include "data/stream.h"

#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "base/heap.h"
#include "base/random.h"

namespace gyre::data {
namespace {

using Fields = std::vector<std::string>;
using Model = std::map<StreamId, Fields>;

Fields read(const StreamEntry& entry) {
  Fields fields;
  entry.for_each([&](const Element& name, const Element& value) {
    Digits digits;
    fields.emplace_back(name.text(digits));
    fields.emplace_back(value.text(digits));
  });
  EXPECT_EQ(fields.size(), entry.fields() * 2u);
  return fields;
}

void append(Stream& stream, StreamId id, const Fields& fields, const Limits& limits) {
  const std::vector<std::string_view> views(fields.begin(), fields.end());
  stream.append(id, views, limits);
}

// A stream beside what must be in it.
struct Pair {
  void append(base::Random& random) {
    id = StreamId{id.ms + random.below(3),
                  id.seq + 1 + random.below(random.below(9) == 0 ? 500 : 3)};
    if (random.below(50) == 0) {
      id = StreamId{id.ms + random.below(uint64_t{1} << 40) + 1, random.below(2)};
    }
    Fields fields;
    // Mostly the same names, in which case a block keeps them once.
    const uint64_t kind = random.below(6);
    const uint64_t count = kind < 4 ? 2 : 1 + random.below(4);
    for (uint64_t i = 0; i < count; ++i) {
      fields.push_back(kind == 5 ? std::to_string(random.next() >> random.below(64))
                                 : "field" + std::to_string(i));
      fields.push_back(random.below(2) == 0 ? std::to_string(random.next() >> random.below(64))
                                            : std::string(random.below(300), 'v'));
    }
    gyre::data::append(stream, id, fields, limits);
    model.emplace(id, fields);
    ++added;
  }
  void erase(StreamId which) {
    const bool is_there = model.erase(which) > 0;
    EXPECT_EQ(stream.erase(which), is_there);
    if (is_there) {
      deleted = std::max(deleted, which);
    }
  }
  StreamId any(base::Random& random) const {
    if (model.empty() || random.below(4) == 0) {
      return {random.below(id.ms + 2), random.below(id.seq + 2)};
    }
    auto at = model.begin();
    std::advance(at, static_cast<ptrdiff_t>(random.below(model.size())));
    return at->first;
  }
  void trim(const StreamTrim& trim) {
    const size_t before = model.size();
    Stream rest;
    const size_t removed = stream.trim(trim, rest);
    if (trim.whole_blocks) {
      // As much as there is in whole blocks, and not more than it may be.
      EXPECT_LE(removed, trim.limit);
      for (size_t i = 0; i < removed; ++i) {
        EXPECT_TRUE(trim.length ? model.size() > *trim.length : model.begin()->first < trim.below);
        model.erase(model.begin());
      }
      return;
    }
    while (!model.empty() &&
           (trim.length ? model.size() > *trim.length : model.begin()->first < trim.below)) {
      model.erase(model.begin());
    }
    EXPECT_EQ(removed, before - model.size());
  }
  void check() const {
    stream.check();
    ASSERT_EQ(stream.size(), model.size());
    EXPECT_EQ(stream.entries_added(), added);
    EXPECT_EQ(stream.last_id(), id);
    EXPECT_EQ(stream.max_deleted_id(), deleted);
    EXPECT_EQ(stream.first_id(), model.empty() ? StreamId{} : model.begin()->first);
  }
  void check_range(StreamId from, StreamId to) const {
    std::vector<StreamId> wanted;
    for (auto at = model.lower_bound(from); at != model.end() && at->first <= to; ++at) {
      wanted.push_back(at->first);
    }
    std::vector<StreamId> found;
    stream.visit(from, to, [&](const StreamEntry& entry) {
      EXPECT_EQ(read(entry), model.at(entry.id()));
      found.push_back(entry.id());
      return true;
    });
    EXPECT_EQ(found, wanted);
    EXPECT_EQ(stream.count(from, to), wanted.size());
    EXPECT_EQ(stream.count(from, to, 3), std::min<size_t>(wanted.size(), 3));
    found.clear();
    stream.visit_back(from, to, [&](const StreamEntry& entry) {
      EXPECT_EQ(read(entry), model.at(entry.id()));
      found.push_back(entry.id());
      return true;
    });
    EXPECT_EQ(found, std::vector<StreamId>(wanted.rbegin(), wanted.rend()));
  }

  Limits limits;
  Stream stream = Stream::make();
  Model model;
  StreamId id;
  StreamId deleted;
  uint64_t added = 0;
};

void run(Pair& pair, base::Random& random, int steps) {
  for (int i = 0; i < steps; ++i) {
    const uint64_t kind = random.below(100);
    if (kind < 70) {
      pair.append(random);
    } else if (kind < 90) {
      pair.erase(pair.any(random));
    } else if (kind < 91) {
      pair.trim(
          {.length = random.below(pair.model.size() + 2), .whole_blocks = random.below(2) == 0});
    } else if (kind < 92) {
      pair.trim({.below = pair.any(random), .whole_blocks = random.below(2) == 0});
    } else if (kind < 93) {
      pair.trim({.length = random.below(pair.model.size() + 2),
                 .whole_blocks = true,
                 .limit = random.below(20)});
    } else {
      const StreamId from = pair.any(random);
      const StreamId to = pair.any(random);
      EXPECT_EQ(pair.stream.contains(from), pair.model.contains(from));
      pair.check_range(from, to);
    }
    if (i % 50 == 0) {
      pair.check();
    }
  }
  pair.check();
  pair.check_range({}, StreamId::max());
}

TEST(Stream, answers_like_a_map) {
  // Bytes and entries of a block; 0: no limit.
  constexpr std::pair<size_t, size_t> kBlocks[] = {{4096, 100}, {0, 3}, {300, 0},
                                                   {1, 1},      {0, 0}, {SIZE_MAX, 5}};
  const int64_t used = base::heap_used;
  base::Random random(99);
  for (size_t round = 0; round < 230; ++round) {
    Pair pair;
    std::tie(pair.limits.stream_chunk_bytes, pair.limits.stream_chunk_entries) =
        kBlocks[round % std::size(kBlocks)];
    run(pair, random, 4000);
    const Stream copy = pair.stream.clone();
    copy.check();
    EXPECT_EQ(copy.count({}, StreamId::max()), pair.model.size());
    pair.trim({.length = 0});
    pair.check();
    EXPECT_EQ(copy.size(), copy.count({}, StreamId::max()));
    run(pair, random, 500);
  }
  EXPECT_EQ(base::heap_used, used);
}

TEST(Stream, counts_all_memory) {
  const int64_t used = base::heap_used;
  Stream stream = Stream::make();
  for (uint64_t i = 1; i <= 100'000; ++i) {
    append(stream, {1'700'000'000'000 + i / 50, i % 50}, {"field", std::to_string(i)}, {});
    if (i % 1000 == 1) {
      EXPECT_EQ(stream.memory(5), static_cast<size_t>(base::heap_used - used));
    }
  }
  EXPECT_LT(stream.memory(0), 100'000u * 8);
}

TEST(Stream, without_its_front_leaves_the_rest_to_be_drained) {
  const int64_t used = base::heap_used;
  Stream stream = Stream::make();
  for (uint64_t i = 1; i <= 50'000; ++i) {
    append(stream, {i, 0}, {"f", "v"}, {});
  }
  Stream rest;
  EXPECT_EQ(stream.trim({.below = {49'950, 0}}, rest), 49'949u);
  stream.check();
  rest.check();
  EXPECT_EQ(stream.size(), 51u);
  EXPECT_EQ(stream.first_id(), (StreamId{49'950, 0}));
  EXPECT_GT(rest.blocks(), 490u);
  size_t rounds = 0;
  for (; rest.pieces() > 0; ++rounds) {
    const size_t before = rest.pieces();
    const size_t freed = rest.drain(10);
    EXPECT_LE(before - freed, rest.pieces() + 2);
  }
  EXPECT_GT(rounds, 49u);
  EXPECT_EQ(static_cast<size_t>(base::heap_used - used), stream.memory(0));
}

TEST(StreamGroup, is_drained_in_steps_that_free_what_they_say) {
  constexpr size_t kNodeMax = 4096;
  const int64_t used = base::heap_used;
  Stream stream = Stream::make();
  StreamGroup& group = stream.make_group("group", {}, 0);
  for (uint64_t i = 1; i <= 60'000; ++i) {
    const char* name = i % 3 == 0 ? "a" : "b";
    StreamConsumer* consumer = group.find_consumer(name);
    group.give({i, 0}, consumer != nullptr ? *consumer : group.make_consumer(name, 0), 0, 1);
  }
  size_t steps = 0;
  for (int64_t left = base::heap_used; stream.pieces() > 0; ++steps) {
    EXPECT_LE(static_cast<size_t>(left - used), (stream.pieces() + 8) * kNodeMax);
    stream.drain(20);
    EXPECT_LE(static_cast<size_t>(left - base::heap_used), 24 * kNodeMax);
    left = base::heap_used;
  }
  EXPECT_GT(steps, 80u);
  EXPECT_EQ(base::heap_used, used);
}

TEST(Stream, knows_positions_as_long_as_nothing_is_missing) {
  Stream stream = Stream::make();
  EXPECT_EQ(stream.position({5, 0}), 0u);
  for (uint64_t i = 1; i <= 10; ++i) {
    append(stream, {i, 0}, {"f", "v"}, {});
  }
  EXPECT_EQ(stream.position({10, 0}), 10u);
  EXPECT_EQ(stream.position({0, 5}), 0u);
  EXPECT_EQ(stream.position({1, 0}), 1u);
  EXPECT_EQ(stream.position({2, 0}), std::nullopt);
  EXPECT_EQ(stream.position({11, 0}), std::nullopt);
  Stream rest;
  stream.trim({.length = 8}, rest);
  EXPECT_EQ(stream.position({2, 0}), 2u);
  EXPECT_EQ(stream.position({3, 0}), 3u);
  EXPECT_FALSE(stream.may_have_gaps({}));
  stream.erase({5, 0});
  EXPECT_TRUE(stream.may_have_gaps({}));
  EXPECT_TRUE(stream.may_have_gaps({5, 0}));
  EXPECT_FALSE(stream.may_have_gaps({5, 1}));
  EXPECT_EQ(stream.position({3, 0}), std::nullopt);
  stream.trim({.length = 5}, rest);
  EXPECT_EQ(stream.position({6, 0}), 6u);
  EXPECT_FALSE(stream.may_have_gaps({}));
  stream.trim({.length = 0}, rest);
  EXPECT_EQ(stream.position({6, 0}), 10u);
}

// A group beside what must be pending in it: id to consumer, delivery, count.
TEST(StreamGroup, answers_like_a_map) {
  struct Given {
    std::string consumer;
    int64_t delivered_ms;
    uint64_t deliveries;
  };
  base::Random random(7);
  Stream stream = Stream::make();
  StreamGroup& group = stream.make_group("group", {3, 4}, 5);
  std::map<StreamId, Given> model;
  for (int i = 0; i < 20'000; ++i) {
    const StreamId id{random.below(2000), 0};
    const std::string name = "consumer" + std::to_string(random.below(7));
    const uint64_t kind = random.below(1000);
    if (kind < 600) {
      StreamConsumer* consumer = group.find_consumer(name);
      if (consumer == nullptr) {
        consumer = &group.make_consumer(name, i);
      }
      group.give(id, *consumer, i, kind);
      model[id] = {name, i, kind};
    } else if (kind < 998) {
      EXPECT_EQ(group.acknowledge(id), model.erase(id) > 0);
    } else if (group.find_consumer(name) != nullptr) {
      EXPECT_EQ(group.erase_consumer(name), std::erase_if(model, [&](const auto& item) {
                  return item.second.consumer == name;
                }));
    }
  }
  const auto check = [&](const StreamGroup& checked) {
    checked.check();
    EXPECT_EQ(checked.last_id, (StreamId{3, 4}));
    EXPECT_EQ(checked.entries_read, 5);
    auto at = model.begin();
    checked.pending().ascend({}, [&](const auto& item) {
      EXPECT_EQ(item.id, at->first);
      EXPECT_EQ(item.value.consumer->name(), at->second.consumer);
      EXPECT_EQ(item.value.delivered_ms, at->second.delivered_ms);
      EXPECT_EQ(item.value.deliveries, at->second.deliveries);
      ++at;
      return true;
    });
    EXPECT_EQ(at, model.end());
  };
  ASSERT_GT(model.size(), 300u);
  check(group);
  Stream copy = stream.clone();
  Stream taken = stream.take_group("group");
  EXPECT_TRUE(stream.groups().is_empty());
  check(*copy.groups().find("group"));
  size_t rounds = 0;
  for (; taken.pieces() > 0; ++rounds) {
    taken.drain(5);
  }
  EXPECT_GT(rounds, 5u);
}

TEST(Stream, heeds_references_like_a_map) {
  base::Random random(5);
  for (int round = 0; round < 300; ++round) {
    Pair pair;
    pair.limits.stream_chunk_entries = 1 + random.below(5);
    for (uint64_t i = random.below(40); i > 0; --i) {
      pair.append(random);
    }
    std::map<StreamId, bool> pending;
    const StreamId read = pair.any(random);
    StreamGroup& group = pair.stream.make_group("group", read, 0);
    StreamConsumer& consumer = group.make_consumer("consumer", 0);
    for (const auto& [id, fields] : pair.model) {
      if (random.below(4) == 0) {
        group.give(id, consumer, 0, 1);
        pending[id] = true;
      }
    }
    StreamTrim trim{.below = pair.any(random), .references = References::heed};
    if (random.below(2) == 0) {
      trim.length = random.below(40);
    }
    const size_t before = pair.model.size();
    for (auto at = pair.model.begin(); at != pair.model.end();) {
      if (trim.length ? pair.model.size() <= *trim.length : at->first >= trim.below) {
        break;
      }
      const bool is_kept = at->first > read || pending.contains(at->first);
      at = is_kept ? std::next(at) : pair.model.erase(at);
    }
    Stream rest;
    EXPECT_EQ(pair.stream.trim(trim, rest), before - pair.model.size());
    pair.check();
    pair.check_range({}, StreamId::max());
    trim.references = References::drop;
    pair.trim(trim);
    pair.check();
    for (const auto& [id, fields] : pending) {
      EXPECT_TRUE(group.find_pending(id) == nullptr || pair.model.contains(id));
    }
  }
}

TEST(Stream, heeds_or_drops_references) {
  Stream stream = Stream::make();
  for (uint64_t i = 1; i <= 6; ++i) {
    append(stream, {i, 0}, {"f", "v"}, {});
  }
  EXPECT_FALSE(stream.is_referenced({6, 0}));
  StreamGroup& group = stream.make_group("group", {5, 0}, 5);
  group.give({2, 0}, group.make_consumer("consumer", 0), 0, 1);
  EXPECT_FALSE(stream.is_referenced({1, 0}));
  EXPECT_TRUE(stream.is_referenced({2, 0}));
  EXPECT_TRUE(stream.is_referenced({6, 0}));
  Stream rest;
  EXPECT_EQ(stream.trim({.length = 3, .references = References::heed}, rest), 3u);
  EXPECT_EQ(stream.first_id(), (StreamId{2, 0}));
  EXPECT_TRUE(stream.contains({5, 0}));
  EXPECT_EQ(stream.trim({.length = 0, .references = References::heed}, rest), 1u);
  EXPECT_EQ(stream.size(), 2u);
  EXPECT_EQ(stream.trim({.below = {3, 0}, .references = References::drop}, rest), 1u);
  EXPECT_EQ(group.pending().size(), 0u);
  EXPECT_EQ(stream.first_id(), (StreamId{6, 0}));
}

}  // namespace
}  // namespace gyre::data
