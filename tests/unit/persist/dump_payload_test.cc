// Tests of persist/dump_payload.h against payloads of real servers.
#include "persist/dump_payload.h"

#include <string>

#include <gtest/gtest.h>

#include "base/crc.h"
#include "payloads.h"
#include "store/digest.h"
#include "store/value.h"

namespace gyre::persist {
namespace {

using store::Entry;

constexpr size_t kTextMax = size_t{512} << 20;

struct EntryOwner {
  explicit EntryOwner(Entry* made) : entry(made) {}
  EntryOwner(const EntryOwner&) = delete;
  ~EntryOwner() {
    if (entry != nullptr) {
      Entry::destroy(entry);
    }
  }
  Entry* entry;
};

Entry* read(std::string_view payload, const data::Limits& limits = {}) {
  const auto entry =
      read_payload(payload, "k", Entry::kNever, {.limits = limits, .text_max = kTextMax});
  return entry ? *entry : nullptr;
}

std::string digest_of(const Entry& entry) {
  store::Digest digest;
  store::mix_value(digest, entry);
  return digest.hex();
}

std::string write(const Entry& entry) {
  BlobSink sink;
  write_payload(sink, entry, true);
  return std::string(sink.bytes());
}

TEST(DumpPayload, of_a_real_server_is_understood) {
  for (const Payload& payload : kPayloads) {
    EntryOwner owner(read(payload.bytes));
    ASSERT_NE(owner.entry, nullptr) << payload.name;
    EXPECT_EQ(digest_of(*owner.entry), payload.digest) << payload.name;
    EXPECT_EQ(owner.entry->key(), "k");
  }
}

TEST(DumpPayload, is_written_as_redis_does) {
  for (const Payload& payload : kPayloads) {
    EntryOwner owner(read(payload.bytes));
    const std::string written = write(*owner.entry);
    if (payload.is_exact) {
      EXPECT_EQ(written, payload.bytes) << payload.name;
    }
    EntryOwner again(read(written));
    ASSERT_NE(again.entry, nullptr) << payload.name;
    EXPECT_EQ(digest_of(*again.entry), payload.digest) << payload.name;
  }
}

TEST(DumpPayload, of_large_values_is_written_as_redis_does) {
  const data::Limits small{.sorted_set_pack_entries = 0, .list_chunk = 2};
  for (const Payload& payload : kPayloads) {
    if (payload.name == "zset" || payload.name == "list 2 nodes") {
      EntryOwner owner(read(payload.bytes, small));
      EXPECT_EQ(write(*owner.entry), payload.bytes) << payload.name;
    }
  }
}

TEST(DumpPayload, carries_the_lowest_version_that_will_do) {
  for (const Payload& payload : kPayloads) {
    const bool is_expiring = payload.name == "hash ex" || payload.name == "hash meta";
    EntryOwner owner(read(payload.bytes));
    const std::string written = write(*owner.entry);
    EXPECT_EQ(written[written.size() - 10], is_expiring ? 12 : 10) << payload.name;
    EXPECT_EQ(written[written.size() - 9], 0) << payload.name;
  }
}

TEST(DumpPayload, gets_the_expiry_it_is_told) {
  const auto entry = read_payload(kPayloads[0].bytes, std::string(300, 'k'), 1234,
                                  {.limits = {}, .text_max = kTextMax});
  ASSERT_TRUE(entry.has_value());
  EntryOwner owner(*entry);
  EXPECT_EQ(owner.entry->expire_at_ms(), 1234);
  EXPECT_EQ(owner.entry->key(), std::string(300, 'k'));
}

TEST(DumpPayload, with_any_wrong_bit_is_refused) {
  for (const Payload& payload : kPayloads) {
    for (size_t bit = 0; bit < payload.bytes.size() * 8; ++bit) {
      std::string damaged(payload.bytes);
      damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ 1 << bit % 8);
      const data::Limits limits;
      const auto entry =
          read_payload(damaged, "k", Entry::kNever, {.limits = limits, .text_max = kTextMax});
      ASSERT_FALSE(entry.has_value()) << payload.name << " bit " << bit;
      EXPECT_EQ(entry.error().text(), "ERR DUMP payload version or checksum are wrong");
    }
  }
}

std::string with_footer(std::string_view value, uint16_t version) {
  std::string payload(value);
  payload += static_cast<char>(version);
  payload += static_cast<char>(version >> 8);
  const uint64_t sum = base::crc64(0, payload);
  payload.append(reinterpret_cast<const char*>(&sum), sizeof sum);
  return payload;
}

TEST(DumpPayload, of_another_size_is_bad_data) {
  for (const Payload& payload : kPayloads) {
    const std::string_view value = payload.bytes.substr(0, payload.bytes.size() - 10);
    for (size_t size = 0; size < value.size(); ++size) {
      EXPECT_EQ(read(with_footer(value.substr(0, size), 12)), nullptr)
          << payload.name << " cut to " << size;
    }
    EXPECT_EQ(read(with_footer(std::string(value) + '\0', 12)), nullptr) << payload.name;
  }
}

// Whatever bit is wrong, what is taken is a value in order that can be written and read again.
TEST(DumpPayload, with_a_wrong_bit_under_a_right_sum_is_refused_or_is_another_value) {
  const data::Limits small{.hash_pack_entries = 1, .set_pack_entries = 1, .list_chunk = 1};
  size_t taken = 0;
  for (const Payload& payload : kPayloads) {
    const std::string_view value = payload.bytes.substr(0, payload.bytes.size() - 10);
    for (size_t bit = 0; bit < value.size() * 8; ++bit) {
      std::string damaged(value);
      damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ 1 << bit % 8);
      for (const data::Limits& limits : {data::Limits{}, small}) {
        EntryOwner owner(read(with_footer(damaged, 12), limits));
        if (owner.entry == nullptr) {
          continue;
        }
        ++taken;
        EntryOwner again(read(write(*owner.entry), limits));
        ASSERT_NE(again.entry, nullptr) << payload.name << " bit " << bit;
        EXPECT_EQ(digest_of(*again.entry), digest_of(*owner.entry)) << payload.name << bit;
        if (owner.entry->form() == store::Form::value) {
          store::visit_value(*owner.entry, [](const auto& collection) { collection.check(); });
        }
      }
    }
  }
  EXPECT_GT(taken, 100u);
}

TEST(DumpPayload, versions_are_those_of_redis_and_of_valkey) {
  const std::string_view value =
      "\x00\x01"sv
      "a";
  for (const uint16_t version : std::initializer_list<uint16_t>{0, 1, 9, 12, 13, 80}) {
    EntryOwner owner(read(with_footer(value, version)));
    EXPECT_NE(owner.entry, nullptr) << version;
  }
  for (const uint16_t version : std::initializer_list<uint16_t>{14, 79, 81, 256, 65535}) {
    EXPECT_EQ(read(with_footer(value, version)), nullptr) << version;
  }
}

TEST(DumpPayload, of_22_is_one_hash_in_redis_and_another_in_valkey) {
  // Of valkey-server 9.1.2; then what a release candidate of Redis 7.4 would say.
  EntryOwner valkey(
      read("\x16\x02\x01"sv
           "f\x01v\x00@\x94R\xa3\x03\x00\x00\x01g\x01w\xff\xff\xff"
           "\xff\xff\xff\xff\xffP\x00n\x9d\xeb\x18\x0d"sv
           "4\xc9"
           "D"sv));
  EntryOwner redis(
      read(with_footer("\x16\x02\x81\x00\x00\x03\xa3R\x94@\x00\x01"sv
                       "f\x01v\x00\x01g\x01w"sv,
                       12)));
  for (const Entry* entry : {valkey.entry, redis.entry}) {
    ASSERT_NE(entry, nullptr);
    const auto& hash = entry->value<data::Hash>();
    EXPECT_EQ(hash.size(), 2u);
    EXPECT_EQ(hash.find("f", 0)->expire_at_ms, 4'000'000'000'000);
    EXPECT_EQ(hash.find("g", 0)->expire_at_ms, data::kNoExpiry);
  }
}

}  // namespace
}  // namespace gyre::persist
