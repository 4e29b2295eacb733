// Tests of commands/string/strings.h: what stays in place, what is copied, and when room grows.
#include "commands/string/strings.h"

#include <cstring>
#include <map>
#include <string>

#include <gtest/gtest.h>

#include "base/random.h"

namespace gyre::commands {
namespace {

using store::Entry;
using store::Form;

struct Strings : testing::Test {
  store::Shard shard{0, store::ShardOptions{.databases = 1}, 1};
  store::Keyspace& db = shard.db(0);

  static store::Key key(std::string_view name) { return {name, store::key_hash(name)}; }
  Entry* set(std::string_view name, std::string_view value, int64_t expire_at_ms = Entry::kNever) {
    store_string(db, key(name), value, expire_at_ms);
    return db.peek(key(name));
  }
  std::string get(std::string_view name) {
    Scratch scratch;
    const Entry* entry = db.peek(key(name));
    return entry == nullptr ? "(none)" : std::string(string_bytes(*entry, scratch));
  }
  Entry* append(std::string_view name, std::string_view value) {
    Entry* entry = db.peek(key(name));
    const size_t before = entry == nullptr ? 0 : string_size(*entry);
    char* bytes = grow_string(db, key(name), entry, before + value.size());
    std::memcpy(bytes + before, value.data(), value.size());
    return db.peek(key(name));
  }
};

TEST_F(Strings, overwrite_in_place_what_has_the_same_size_class) {
  const int64_t later = shard.now_ms() + 100'000;
  const Entry* number = set("n", "12345");
  EXPECT_EQ(set("n", "-9223372036854775808"), number);
  EXPECT_EQ(get("n"), "-9223372036854775808");
  EXPECT_NE(set("n", "1", later), number) << "no room for the expiry";
  number = db.peek(key("n"));
  EXPECT_EQ(set("n", "2", later + 1), number);
  EXPECT_EQ(number->expire_at_ms(), later + 1);

  const std::string text(100, 'x');
  const Entry* inlined = set("t", text);
  EXPECT_EQ(set("t", text.substr(1)), inlined);
  EXPECT_EQ(get("t"), text.substr(1));
  EXPECT_NE(set("t", text + text), inlined);

  const std::string large(100'000, 'y');
  const Entry* blob = set("b", large);
  const base::Blob* memory = blob->blob();
  EXPECT_EQ(set("b", large.substr(1000)), blob);
  EXPECT_EQ(blob->blob(), memory);
  EXPECT_EQ(get("b"), large.substr(1000));
  EXPECT_EQ(set("b", large.substr(50'000)), blob);
  EXPECT_NE(blob->blob(), memory) << "a small value would waste the memory of a large one";
}

TEST_F(Strings, shared_blobs_are_never_written_to) {
  const std::string large(100'000, 'y');
  const Entry* entry = set("b", large);
  entry->blob()->ref();  // as a reply on its way has it
  base::BlobRef shared(entry->blob());
  set("b", std::string(100'000, 'z'));
  EXPECT_EQ(shared.get()->view(), large);

  entry = db.peek(key("b"));
  entry->blob()->ref();
  shared.reset(entry->blob());
  append("b", "more");
  EXPECT_EQ(shared.get()->view(), std::string(100'000, 'z'));
  EXPECT_EQ(get("b"), std::string(100'000, 'z') + "more");
}

TEST_F(Strings, a_taken_blob_is_the_value_and_a_small_one_is_let_go) {
  const std::string large(10'000, 'x');
  base::Blob* blob = base::Blob::make(large);
  store_string(db, key("b"), blob->view(), Entry::kNever, blob);
  EXPECT_EQ(db.peek(key("b"))->blob(), blob);

  base::Blob* small = base::Blob::make(std::string_view("text"));
  small->ref();
  const base::BlobRef witness(small);
  store_string(db, key("t"), small->view(), Entry::kNever, small);
  EXPECT_EQ(get("t"), "text");
  EXPECT_FALSE(small->is_shared());

  base::Blob* number = base::Blob::make(std::string_view("17"));
  number->ref();
  const base::BlobRef second(number);
  store_string(db, key("n"), number->view(), Entry::kNever, number);
  EXPECT_EQ(db.peek(key("n"))->form(), Form::integer);
  EXPECT_FALSE(number->is_shared());
}

TEST_F(Strings, appending_byte_by_byte_copies_seldom) {
  std::string model;
  size_t moves = 0;
  size_t capacity = 0;
  for (int i = 0; i < 3'000'000; ++i) {
    const char byte = static_cast<char>('a' + i % 26);
    const Entry* entry = append("k", {&byte, 1});
    model += byte;
    const size_t room =
        entry->form() == Form::blob ? entry->blob()->capacity : entry->inline_capacity();
    moves += room != capacity ? 1 : 0;
    capacity = room;
  }
  EXPECT_EQ(get("k"), model);
  EXPECT_LE(moves, 260U) << "a size class each up to 4 KiB, then doublings, then a mebibyte each";
  EXPECT_LE(capacity, model.size() + 1024 * 1024) << "room is bounded";
}

TEST_F(Strings, any_order_of_stores_and_growth_keeps_values_and_expiries) {
  base::Random random(7);
  const size_t sizes[] = {0, 1, 5, 20, 44, 100, 255, 1000, 4090, 4095, 4096, 5000, 20'000};
  std::map<std::string, std::pair<std::string, int64_t>> model;
  for (int round = 0; round < 20'000; ++round) {
    const std::string name(1 + random.below(6) * 60, 'k');
    auto& [value, at_ms] = model[name];
    const size_t size = sizes[random.below(std::size(sizes))];
    const std::string fresh = random.below(3) == 0
                                  ? std::to_string(static_cast<int64_t>(random.next()))
                                  : std::string(size, static_cast<char>('a' + random.below(26)));
    if (random.below(2) == 0 || db.peek(key(name)) == nullptr) {
      at_ms = random.below(2) == 0
                  ? Entry::kNever
                  : shard.now_ms() + 1'000'000 + static_cast<int64_t>(random.below(1000));
      value = fresh;
      random.below(4) == 0 ? store_text(db, key(name), value, at_ms)
                           : store_string(db, key(name), value, at_ms);
    } else if (value.size() + fresh.size() < 60'000) {
      append(name, fresh);
      value += fresh;
      EXPECT_NE(db.peek(key(name))->form(), Form::integer);
    }
    ASSERT_EQ(get(name), value);
    ASSERT_EQ(string_size(*db.peek(key(name))), value.size());
    ASSERT_EQ(db.peek(key(name))->expire_at_ms(), at_ms);
  }
}

}  // namespace
}  // namespace gyre::commands
