#include "persist/rdb_skimmer.h"

#include <fmt/core.h>

#include "base/assert.h"

namespace gyre::persist {
namespace {

// Bytes of ids in groups of streams, of times, and of scores.
constexpr uint64_t kId = 16;
constexpr uint64_t kTime = 8;

}  // namespace

void RdbSkimmer::miss(uint64_t size) {
  if (!is_ok_) {
    return;
  }
  const size_t before = position();
  if (size > rest_ - before) {
    stop(fmt::format("{} bytes are to follow, but {} are left", size, rest_ - before));
  } else {
    is_ok_ = false;
    wanted_ = before + size;
  }
}

uint64_t RdbSkimmer::length() { return length_after(byte()); }

uint64_t RdbSkimmer::length_after(uint8_t first) {
  if (first >> 6 == kLength6) [[likely]] {
    return first;
  }
  size_t more = 1;
  uint64_t length = first & 0x3f;
  if (first >> 6 != kLength14) {
    if (first != kLength32 && first != kLength64) {
      stop(fmt::format("no length begins with {:#04x}", first));
      return 0;
    }
    more = first == kLength32 ? 4 : 8;
    length = 0;
  }
  const char* const bytes = raw(more);
  for (size_t i = 0; bytes != nullptr && i < more; ++i) {
    length = length << 8 | static_cast<uint8_t>(bytes[i]);
  }
  return length;
}

std::string_view RdbSkimmer::string() {
  const char* const begin = at_;
  const uint8_t first = byte();
  if (first >> 6 != kLengthSpecial) [[likely]] {
    raw(length_after(first));
  } else if ((first & 0x3f) <= kInt32) {
    raw(uint64_t{1} << (first & 0x3f));
  } else if ((first & 0x3f) == kCompressed) {
    const uint64_t compressed = length();
    length();
    raw(compressed);
  } else {
    stop(fmt::format("no string begins with {:#04x}", first));
  }
  return is_ok_ ? std::string_view(begin, static_cast<size_t>(at_ - begin)) : std::string_view("");
}

uint64_t RdbSkimmer::count(uint64_t bytes_min) {
  const uint64_t count = length();
  if (is_ok_ && count > (rest_ - position()) / bytes_min) {
    stop(fmt::format("{} elements are to follow, but only {} bytes are left", count,
                     rest_ - position()));
  }
  return is_ok_ ? count : 0;
}

// Elements of so many strings and bytes each.
void RdbSkimmer::strings(uint64_t strings_each, uint64_t bytes_behind) {
  for (uint64_t left = count(strings_each + bytes_behind); left > 0 && is_ok_; --left) {
    for (uint64_t i = 0; i < strings_each; ++i) {
      string();
    }
    raw(bytes_behind);
  }
}

void RdbSkimmer::list_nodes() {
  for (uint64_t left = count(2); left > 0 && is_ok_; --left) {
    length();
    string();
  }
}

void RdbSkimmer::scores_as_text() {
  constexpr uint8_t kSizeMax = 252;  // above are marks for what is no number
  for (uint64_t left = count(2); left > 0 && is_ok_; --left) {
    string();
    const uint8_t size = byte();
    raw(size > kSizeMax ? 0 : size);
  }
}

void RdbSkimmer::expiring_fields() {
  for (uint64_t left = count(3); left > 0 && is_ok_; --left) {
    length();
    string();
    string();
  }
}

void RdbSkimmer::stream(RdbType type) {
  strings(2);
  const int lengths = type == RdbType::stream_listpacks ? 3 : 8;
  for (int i = 0; i < lengths; ++i) {
    length();
  }
  for (uint64_t left = count(5); left > 0 && is_ok_; --left) {
    stream_group(type);
  }
}

void RdbSkimmer::stream_group(RdbType type) {
  string();
  const int lengths = type == RdbType::stream_listpacks ? 2 : 3;
  for (int i = 0; i < lengths; ++i) {
    length();
  }
  for (uint64_t left = count(kId + kTime + 1); left > 0 && is_ok_; --left) {
    raw(kId + kTime);
    length();
  }
  const uint64_t times = type == RdbType::stream_listpacks_3 ? 2 * kTime : kTime;
  for (uint64_t left = count(2 + times); left > 0 && is_ok_; --left) {
    string();
    raw(times);
    raw(count(kId) * kId);
  }
}

void RdbSkimmer::pairs_of_lengths() {
  for (uint64_t left = count(2); left > 0 && is_ok_; --left) {
    length();
    length();
  }
}

void RdbSkimmer::module_parts() {
  enum : uint64_t { kEnd, kSigned, kUnsigned, kFloat, kDouble, kString };
  for (;;) {
    const uint64_t part = length();
    if (!is_ok_ || part == kEnd) {
      return;
    }
    if (part == kSigned || part == kUnsigned) {
      length();
    } else if (part == kFloat || part == kDouble) {
      raw(part == kFloat ? sizeof(float) : sizeof(double));
    } else if (part == kString) {
      string();
    } else {
      stop(fmt::format("a module's data has a part of unknown kind {}", part));
    }
  }
}

void RdbSkimmer::value(uint8_t type, uint16_t version) {
  if (type == kValkeyHash && version >= kValkeyVersion) {
    return strings(2, kTime);
  }
  switch (static_cast<RdbType>(type)) {
    case RdbType::hash_listpack_expiring:
      raw(kTime);
      [[fallthrough]];
    case RdbType::string:
    case RdbType::hash_zipmap:
    case RdbType::list_ziplist:
    case RdbType::set_int_set:
    case RdbType::zset_ziplist:
    case RdbType::hash_ziplist:
    case RdbType::hash_listpack:
    case RdbType::zset_listpack:
    case RdbType::set_listpack:
    case RdbType::hash_listpack_expiring_early:
      string();
      return;
    case RdbType::list:
    case RdbType::set:
    case RdbType::list_quicklist:
      return strings(1);
    case RdbType::zset:
      return scores_as_text();
    case RdbType::zset_2:
      return strings(1, sizeof(double));
    case RdbType::hash:
      return strings(2);
    case RdbType::list_quicklist_2:
      return list_nodes();
    case RdbType::hash_expiring:
      raw(kTime);
      [[fallthrough]];
    case RdbType::hash_expiring_early:
      return expiring_fields();
    case RdbType::stream_listpacks:
    case RdbType::stream_listpacks_2:
    case RdbType::stream_listpacks_3:
      return stream(static_cast<RdbType>(type));
    case RdbType::module:
      return stop(
          fmt::format("a value of the module type '{}' cannot be read", module_name(length())));
  }
  GYRE_UNREACHABLE();
}

std::string module_name(uint64_t id) {
  constexpr std::string_view kLetters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  constexpr unsigned kVersionBits = 10;
  constexpr unsigned kLetterBits = 6;
  std::string name;
  for (unsigned shift = 64 - kLetterBits; shift >= kVersionBits; shift -= kLetterBits) {
    name += kLetters[id >> shift & 63];
  }
  return name;
}

}  // namespace gyre::persist
