// Tests of store/value.h and of how a shard frees large values: copies, moves, slices.
#include "store/value.h"

#include <cstdint>
#include <string>

#include <gtest/gtest.h>

#include "base/heap.h"
#include "store/shard.h"

namespace gyre::store {
namespace {

constexpr size_t kLarge = 10'000;
constexpr size_t kSlice = 200;
constexpr int64_t kStart = 1'700'000'000'000;

Key key_of(std::string_view name) { return {name, key_hash(name)}; }

Entry* make_set(std::string_view key, size_t members, int64_t expire_at_ms = Entry::kNever) {
  data::Set set;
  for (size_t i = 0; i < members; ++i) {
    set.add(data::Element::of("member:" + std::to_string(i)), {});
  }
  return make_value(key, std::move(set), expire_at_ms);
}

TEST(Value, goes_with_its_entry) {
  const int64_t used = base::heap_used;
  Entry* entry = make_set("key", 20);
  EXPECT_EQ(entry->type(), Type::set);
  EXPECT_EQ(encoding_name(*entry), "listpack");
  EXPECT_EQ(entry->memory(), static_cast<size_t>(base::heap_used - used));
  entry = Entry::move(entry, 1234);
  entry = Entry::rename(entry, std::string(300, 'k'));
  EXPECT_EQ(entry->expire_at_ms(), 1234);
  EXPECT_EQ(entry->value<data::Set>().size(), 20u);
  Entry* copy = Entry::clone(*entry, "copy", Entry::kNever);
  copy->value<data::Set>().add(data::Element::of("more"), {});
  EXPECT_EQ(entry->value<data::Set>().size(), 20u);
  Entry::destroy(entry);
  EXPECT_EQ(copy->value<data::Set>().size(), 21u);
  Entry::destroy(copy);
  EXPECT_EQ(base::heap_used, used);
}

// Whatever takes a large value out of a database, no step frees more than a slice of it.
void expect_slices(void (*remove)(Shard& shard, const Key& key)) {
  Shard shard(0, {.databases = 2}, 1);
  shard.set_now_ms(kStart);
  const Key key = key_of("large");
  shard.db(0).put(key, make_set(key.name, kLarge, kStart + 1000));
  const int64_t before = base::heap_used;
  remove(shard, key);
  // What discards a value pays back a little at once.
  constexpr size_t kPaidBack = 256;
  EXPECT_LT(before - base::heap_used, static_cast<int64_t>(kPaidBack * 24));
  size_t rounds = 0;
  for (bool has_more = true; has_more; ++rounds) {
    const int64_t held = base::heap_used;
    has_more = shard.housekeep(kSlice);
    ASSERT_LT(held - base::heap_used, static_cast<int64_t>(kSlice * 24 + 33'000));
  }
  EXPECT_GE(rounds, (kLarge - kPaidBack) / kSlice);
  EXPECT_LT(base::heap_used, before - static_cast<int64_t>(kLarge * 16));
}

TEST(Value, is_freed_in_slices_when_its_key_is_erased) {
  expect_slices([](Shard& shard, const Key& key) { shard.db(0).erase(key); });
}
TEST(Value, is_freed_in_slices_when_it_is_overwritten) {
  expect_slices([](Shard& shard, const Key& key) {
    shard.db(0).put(key, Entry::make_inline(key.name, "text", Entry::kNever));
  });
}
TEST(Value, is_freed_in_slices_when_it_expires) {
  expect_slices([](Shard& shard, const Key& key) {
    shard.set_now_ms(kStart + 2000);
    EXPECT_EQ(shard.db(0).peek(key), nullptr);
  });
}
TEST(Value, is_freed_in_slices_when_all_is_flushed) {
  expect_slices([](Shard& shard, const Key&) { shard.flush(0); });
}

TEST(Value, of_a_sorted_set_is_freed_in_slices_too) {
  const int64_t used = base::heap_used;
  Shard shard(0, {.databases = 2}, 1);
  const Key key = key_of("large");
  data::SortedSet set;
  for (size_t i = 0; i < kLarge; ++i) {
    set.append("member:" + std::to_string(kLarge + i), static_cast<double>(i), {});
  }
  shard.db(0).put(key, make_value(key.name, std::move(set), Entry::kNever));
  shard.db(0).erase(key);
  for (bool has_more = true; has_more;) {
    const int64_t held = base::heap_used;
    has_more = shard.housekeep(kSlice);
    ASSERT_LT(held - base::heap_used, static_cast<int64_t>(kSlice * 1024 + 33'000));
  }
  shard.flush(0);
  EXPECT_LT(base::heap_used - used, 10'000);
}

TEST(Value, of_a_stream_is_freed_in_slices_with_its_groups) {
  const int64_t used = base::heap_used;
  Shard shard(0, {.databases = 2}, 1);
  const Key key = key_of("large");
  data::Stream stream = data::Stream::make();
  data::StreamGroup& group = stream.make_group("group", {}, 0);
  data::StreamConsumer& consumer = group.make_consumer("consumer", kStart);
  const std::string_view fields[] = {"field", "value"};
  for (uint64_t id = 1; id <= 20 * kLarge; ++id) {
    stream.append({id, 0}, fields, {});
    group.give({id, 0}, consumer, kStart, 1);
  }
  shard.db(0).put(key, make_value(key.name, std::move(stream), Entry::kNever));
  shard.db(0).erase(key);
  size_t rounds = 0;
  for (bool has_more = true; has_more; ++rounds) {
    const int64_t held = base::heap_used;
    has_more = shard.housekeep(kSlice);
    ASSERT_LT(held - base::heap_used, static_cast<int64_t>(kSlice * 2700 + 33'000));
  }
  EXPECT_GT(rounds, 30u);
  shard.flush(0);
  EXPECT_LT(base::heap_used - used, 10'000);
}

// Between two rounds of housekeeping a client can make and delete a thousand of them.
TEST(Value, is_freed_as_fast_as_others_are_discarded) {
  constexpr size_t kMembers = 200;
  const int64_t used = base::heap_used;
  Shard shard(0, {.databases = 1}, 1);
  for (size_t i = 0; i < 50; ++i) {
    shard.db(0).put(key_of("key"), make_set("key", kMembers));
    shard.db(0).erase(key_of("key"));
    EXPECT_LT(base::heap_used - used, static_cast<int64_t>(3 * kMembers * 40 + 20'000));
  }
}

// The more waits, the more goes in one round.
TEST(Value, that_is_very_large_is_freed_in_larger_slices) {
  constexpr size_t kVeryLarge = 500'000;
  Shard shard(0, {.databases = 1}, 1);
  shard.db(0).put(key_of("key"), make_set("key", kVeryLarge));
  shard.db(0).erase(key_of("key"));
  size_t rounds = 0;
  while (shard.housekeep(1)) {
    ++rounds;
  }
  EXPECT_GT(rounds, 100u);
  EXPECT_LT(rounds, 2000u);
}

TEST(Value, is_freed_with_the_shard_however_far_draining_came) {
  const int64_t used = base::heap_used;
  {
    Shard shard(0, {.databases = 2}, 1);
    shard.db(0).put(key_of("a"), make_set("a", kLarge));
    shard.db(0).put(key_of("b"), make_set("b", kLarge));
    shard.flush(0);
    shard.db(0).put(key_of("c"), make_set("c", kLarge));
    shard.db(0).erase(key_of("c"));
    shard.housekeep(3000);
  }
  EXPECT_EQ(base::heap_used, used);
}

}  // namespace
}  // namespace gyre::store
