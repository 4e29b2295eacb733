// Tests of store/entry.h: every combination of key, value and expiry keeps what it was given.
#include "store/entry.h"

#include <string>

#include <gtest/gtest.h>

namespace gyre::store {
namespace {

const size_t kKeySizes[] = {0, 1, 7, 8, 16, 255, 256, 257, 5000, 70'000};
const int64_t kExpiries[] = {Entry::kNever, 0, 1, 1'700'000'000'123, INT64_MAX};

std::string bytes_of(size_t size, char first) {
  std::string bytes(size, '\0');
  for (size_t i = 0; i < size; ++i) {
    bytes[i] = static_cast<char>(first + static_cast<char>(i % 23));
  }
  return bytes;
}

// Checks what all forms share, changes the metadata, and destroys the entry.
void check_and_destroy(Entry* entry, const std::string& key, int64_t at_ms) {
  EXPECT_EQ(entry->type(), Type::string);
  EXPECT_EQ(entry->key(), key);
  EXPECT_TRUE(entry->has_key(key));
  EXPECT_FALSE(entry->has_key(key + "x"));
  EXPECT_FALSE(!key.empty() && entry->has_key(std::string(key.size(), '\xff')));
  EXPECT_EQ(entry->has_expiry(), at_ms != Entry::kNever);
  EXPECT_EQ(entry->expire_at_ms(), at_ms);
  EXPECT_FALSE(entry->is_raw());
  entry->set_raw(true);
  entry->set_access(0xabcdef);
  EXPECT_TRUE(entry->is_raw());
  EXPECT_EQ(entry->access(), 0xabcdefu);
  EXPECT_EQ(entry->key(), key);
  EXPECT_EQ(entry->expire_at_ms(), at_ms);
  if (at_ms >= 0) {
    entry->set_expire_at_ms(77);
    EXPECT_EQ(entry->expire_at_ms(), 77);
  }
  Entry* moved = Entry::move(entry, at_ms >= 0 ? Entry::kNever : 99);
  EXPECT_EQ(moved->expire_at_ms(), at_ms >= 0 ? Entry::kNever : 99);
  EXPECT_EQ(moved->key(), key);
  EXPECT_EQ(moved->access(), 0xabcdefu);
  EXPECT_TRUE(moved->is_raw());
  Entry* renamed = Entry::rename(moved, "other");
  EXPECT_EQ(renamed->key(), "other");
  Entry::destroy(renamed);
}

TEST(Entry, keeps_key_value_and_expiry_in_every_form) {
  const int64_t used = base::heap_used;
  for (const size_t key_size : kKeySizes) {
    const std::string key = bytes_of(key_size, 'a');
    for (const int64_t at_ms : kExpiries) {
      for (const size_t size : {size_t{0}, size_t{1}, size_t{8}, size_t{100}, Entry::kInlineMax}) {
        const std::string value = bytes_of(size, 'A');
        Entry* entry = Entry::make_inline(key, value, at_ms);
        EXPECT_EQ(entry->form(), Form::inlined);
        EXPECT_EQ(entry->inlined(), value);
        EXPECT_GE(entry->memory(), key_size + size + 8);
        check_and_destroy(entry, key, at_ms);
      }
      for (const int64_t value : {int64_t{0}, int64_t{-1}, INT64_MIN, INT64_MAX}) {
        Entry* entry = Entry::make_integer(key, value, at_ms);
        EXPECT_EQ(entry->form(), Form::integer);
        EXPECT_EQ(entry->integer(), value);
        entry->set_integer(5);
        EXPECT_EQ(entry->integer(), 5);
        check_and_destroy(entry, key, at_ms);
      }
      base::Blob* blob = base::Blob::make(bytes_of(10'000, 'B'));
      blob->ref();
      Entry* entry = Entry::make_blob(key, blob, at_ms);
      EXPECT_EQ(entry->form(), Form::blob);
      EXPECT_EQ(entry->blob(), blob);
      EXPECT_GT(entry->memory(), 10'000u);
      check_and_destroy(entry, key, at_ms);
      EXPECT_FALSE(blob->is_shared());
      blob->unref();
    }
  }
  EXPECT_EQ(base::heap_used, used);
}

TEST(Entry, clones_share_a_blob_and_copy_the_rest) {
  base::Blob* blob = base::Blob::make(bytes_of(10'000, 'B'));
  Entry* entry = Entry::make_blob("a", blob, 5);
  Entry* clone = Entry::clone(*entry, "b", Entry::kNever);
  EXPECT_EQ(clone->blob(), blob);
  EXPECT_TRUE(blob->is_shared());
  EXPECT_EQ(clone->key(), "b");
  EXPECT_FALSE(clone->has_expiry());
  Entry::destroy(entry);
  EXPECT_FALSE(blob->is_shared());
  EXPECT_EQ(clone->blob()->size, 10'000u);
  Entry::destroy(clone);

  Entry* text = Entry::make_inline("a", "value", 5);
  Entry* other = Entry::clone(*text, "a longer key", 6);
  Entry::destroy(text);
  EXPECT_EQ(other->inlined(), "value");
  EXPECT_EQ(other->expire_at_ms(), 6);
  Entry::destroy(other);
}

TEST(Entry, grows_and_shrinks_within_its_allocation) {
  const int64_t used = base::heap_used;
  for (size_t size = 0; size < 300; size += 7) {
    Entry* entry = Entry::make_inline("key", bytes_of(size, 'x'), Entry::kNever);
    const size_t capacity = entry->inline_capacity();
    ASSERT_GE(capacity, size);
    const std::string longer = bytes_of(capacity, 'y');
    longer.copy(entry->inlined_data(), capacity);
    entry->set_inline_size(capacity);
    EXPECT_EQ(entry->inlined(), longer);
    EXPECT_EQ(entry->inline_capacity(), capacity);
    entry->set_inline_size(size);
    EXPECT_EQ(entry->inlined(), longer.substr(0, size));
    Entry::destroy(entry);
  }
  EXPECT_EQ(base::heap_used, used);
  Entry* large = Entry::make_inline("key", bytes_of(Entry::kInlineMax, 'x'), Entry::kNever);
  EXPECT_EQ(large->inline_capacity(), Entry::kInlineMax);
  Entry::destroy(large);
}

TEST(Entry, small_strings_cost_eight_bytes_beyond_their_own) {
  Entry* entry = Entry::make_inline(bytes_of(16, 'k'), bytes_of(64, 'v'), Entry::kNever);
  EXPECT_EQ(entry->allocation(), 88u);
  Entry::destroy(entry);
  entry = Entry::make_inline(bytes_of(16, 'k'), bytes_of(8, 'v'), 1);
  EXPECT_EQ(entry->allocation(), 40u);
  Entry::destroy(entry);
  entry = Entry::make_integer(bytes_of(16, 'k'), 5, Entry::kNever);
  EXPECT_EQ(entry->allocation(), 32u);
  Entry::destroy(entry);
}

TEST(Entry, is_expired_when_its_millisecond_has_passed) {
  Entry* entry = Entry::make_integer("k", 1, 1000);
  EXPECT_FALSE(entry->is_expired(999));
  EXPECT_FALSE(entry->is_expired(1000));
  EXPECT_TRUE(entry->is_expired(1001));
  Entry::destroy(entry);
  entry = Entry::make_integer("k", 1, Entry::kNever);
  EXPECT_FALSE(entry->is_expired(INT64_MAX));
  Entry::destroy(entry);
}

TEST(Type, names_are_those_of_redis) {
  EXPECT_EQ(type_name(Type::string), "string");
  EXPECT_EQ(type_name(Type::list), "list");
  EXPECT_EQ(type_name(Type::set), "set");
  EXPECT_EQ(type_name(Type::zset), "zset");
  EXPECT_EQ(type_name(Type::hash), "hash");
  EXPECT_EQ(type_name(Type::stream), "stream");
}

}  // namespace
}  // namespace gyre::store
