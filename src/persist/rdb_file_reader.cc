#include "persist/rdb_file_reader.h"

#include <fmt/core.h>

#include <algorithm>

#include "base/number.h"
#include "persist/little_endian.h"

namespace gyre::persist {
namespace {

// The version that the first bytes of a file tell; 0 if they are not those of an RDB file.
uint16_t version_of_magic(std::string_view magic) {
  constexpr std::string_view kRedis = "REDIS";
  constexpr std::string_view kValkey = "VALKEY";
  const bool is_valkey = magic.starts_with(kValkey);
  if (!is_valkey && !magic.starts_with(kRedis)) {
    return 0;
  }
  const auto version = base::parse_uint64(magic.substr(is_valkey ? kValkey.size() : kRedis.size()));
  return version ? static_cast<uint16_t>(*version) : 0;
}

}  // namespace

RdbFileReader::Step RdbFileReader::next(std::string_view window) {
  if (is_done_ || (is_chunk_ && offset_ == end_)) {
    return Step::done;
  }
  const uint64_t rest = end_ - offset_;
  window = window.substr(0, rest);
  RdbSkimmer skimmer(window, rest);
  if (version_ == 0) {
    read_header(skimmer);
  } else {
    read_item(skimmer);
  }
  if (skimmer.is_ok()) {
    item_.offset = offset_;
    item_.size = skimmer.position();
    offset_ += item_.size;
    return Step::item;
  }
  if (skimmer.problem().empty()) {
    wanted_ = skimmer.wanted();
    return Step::more;
  }
  damage_ = {.offset = offset_ + skimmer.position(), .text = skimmer.problem()};
  return Step::damage;
}

void RdbFileReader::read_header(RdbSkimmer& skimmer) {
  const char* const magic = skimmer.raw(kMagicSize);
  if (magic == nullptr) {
    return;
  }
  const uint16_t version = version_of_magic({magic, kMagicSize});
  if (version == 0) {
    skimmer.stop("this is no RDB file: it begins neither with REDIS nor with VALKEY and a version");
  } else if (!is_known_version(version)) {
    skimmer.stop(fmt::format("the version {} of RDB files is not known", version));
  } else {
    version_ = version;
    item_.kind = RdbItem::Kind::header;
    item_.numbers[0] = version;
  }
}

void RdbFileReader::read_item(RdbSkimmer& skimmer) {
  constexpr auto kFirstMark = static_cast<uint8_t>(RdbMark::slot_import);
  item_.key.expire_at_ms = store::Entry::kNever;
  item_.key.idle_seconds = -1;
  item_.key.frequency = -1;
  bool has_prefix = false;
  for (;;) {
    const uint8_t byte = skimmer.byte();
    if (!skimmer.is_ok()) {
      return;
    }
    if (byte < kFirstMark) {
      return read_key(skimmer, byte);
    }
    const auto mark = static_cast<RdbMark>(byte);
    if (!read_prefix(skimmer, mark)) {
      if (has_prefix) {
        skimmer.stop("an expiry or a use is told, but no key follows");
      }
      return read_mark(skimmer, mark);
    }
    has_prefix = true;
  }
}

// What stands in front of a key; false if this does not.
bool RdbFileReader::read_prefix(RdbSkimmer& skimmer, RdbMark mark) {
  RdbRecord& key = item_.key;
  switch (mark) {
    case RdbMark::expire_ms:
      if (const char* at = skimmer.raw(sizeof(int64_t))) {
        // Redis takes -1 for none, too. What was before 1970 is as past as 1970.
        const auto expire_at_ms = load<int64_t>(at);
        key.expire_at_ms =
            expire_at_ms == -1 ? store::Entry::kNever : std::max<int64_t>(expire_at_ms, 0);
      }
      return true;
    case RdbMark::expire_s:
      if (const char* at = skimmer.raw(sizeof(int32_t))) {
        key.expire_at_ms = int64_t{1000} * std::max(load<int32_t>(at), 0);
      }
      return true;
    case RdbMark::idle:
      key.idle_seconds = static_cast<int64_t>(std::min<uint64_t>(skimmer.length(), INT64_MAX));
      return true;
    case RdbMark::frequency:
      key.frequency = skimmer.byte();
      return true;
    default:
      return false;
  }
}

void RdbFileReader::read_key(RdbSkimmer& skimmer, uint8_t type) {
  if (!is_value_type(type)) {
    skimmer.stop(fmt::format("{} is the type of no value that is known", type));
  } else if (!has_database_) {
    skimmer.stop("a key comes before the choice of a database");
  }
  if (!skimmer.is_ok()) {
    return;
  }
  const size_t begin = skimmer.position();
  item_.key.key = text_of(skimmer, scratch_[0], digits_[0]);
  skimmer.value(type, version_);
  if (!skimmer.is_ok()) {
    return;
  }
  item_.kind = RdbItem::Kind::key;
  item_.key.database = database_;
  item_.key.type = type;
  item_.key.body = skimmer.since(begin);
}

void RdbFileReader::read_mark(RdbSkimmer& skimmer, RdbMark mark) {
  using Kind = RdbItem::Kind;
  switch (mark) {
    case RdbMark::select: {
      const uint64_t database = skimmer.length();
      if (database > INT32_MAX) {
        skimmer.stop(fmt::format("there cannot be a database {}", database));
      }
      if (skimmer.is_ok()) {
        database_ = static_cast<uint32_t>(database);
        has_database_ = true;
      }
      item_.kind = Kind::database;
      item_.numbers[0] = database;
      return;
    }
    case RdbMark::sizes:
      item_.kind = Kind::sizes;
      item_.numbers[0] = skimmer.length();
      item_.numbers[1] = skimmer.length();
      return;
    case RdbMark::aux:
      item_.kind = Kind::aux;
      item_.name = text_of(skimmer, scratch_[0], digits_[0]);
      item_.text = text_of(skimmer, scratch_[1], digits_[1]);
      return;
    case RdbMark::function:
      item_.kind = Kind::function;
      item_.text = text_of(skimmer, scratch_[0], digits_[0]);
      return;
    case RdbMark::module_aux:
      return read_module(skimmer);
    case RdbMark::slot_info:
      item_.kind = Kind::slot;
      for (int i = 0; i < 3; ++i) {
        skimmer.length();
      }
      return;
    case RdbMark::slot_import:
      if (version_ >= kValkeyVersion) {
        item_.kind = Kind::slot;
        skimmer.string();
        skimmer.pairs_of_lengths();
        return;
      }
      break;
    case RdbMark::end:
      if (is_chunk_) {
        skimmer.stop("the end of the file comes inside of a chunk");
        return;
      }
      read_end(skimmer);
      return;
    case RdbMark::function_early:
      skimmer.stop("functions of release candidates of Redis 7.0 cannot be read");
      return;
    default:
      break;
  }
  skimmer.stop(fmt::format("{} is the mark of nothing that is known", static_cast<int>(mark)));
}

void RdbFileReader::read_end(RdbSkimmer& skimmer) {
  constexpr uint16_t kFirstWithSum = 5;
  item_.kind = RdbItem::Kind::end;
  item_.numbers[0] = 0;
  if (version_ >= kFirstWithSum) {
    const char* const sum = skimmer.raw(sizeof(uint64_t));
    item_.numbers[0] = sum != nullptr ? load<uint64_t>(sum) : 0;
  }
  is_done_ = skimmer.is_ok();
}

void RdbFileReader::read_module(RdbSkimmer& skimmer) {
  constexpr uint64_t kUnsigned = 2;  // a part of a module's data
  const uint64_t id = skimmer.length();
  if (skimmer.length() != kUnsigned) {
    skimmer.stop("a module's data does not begin as it should");
  }
  skimmer.length();  // whether it was written before the keys or behind them
  skimmer.module_parts();
  if (skimmer.is_ok()) {
    scratch_[0] = module_name(id);
    item_.kind = RdbItem::Kind::module;
    item_.name = scratch_[0];
  }
}

// Walks over a string and tells its text.
std::string_view RdbFileReader::text_of(RdbSkimmer& skimmer, std::string& scratch,
                                        data::Digits& digits) {
  RdbReader reader(skimmer.string(), SIZE_MAX);
  const std::string_view text = reader.text(scratch, digits);
  if (!reader.is_ok()) {
    skimmer.stop("a string cannot be decompressed");
  }
  return text;
}

}  // namespace gyre::persist
