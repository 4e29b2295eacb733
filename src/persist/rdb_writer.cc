#include "persist/rdb_writer.h"

#include <bit>

#include "base/number.h"
#include "persist/lzf.h"
#include "persist/rdb.h"

namespace gyre::persist {
namespace {

constexpr uint8_t special(uint8_t form) { return static_cast<uint8_t>(kLengthSpecial << 6 | form); }

}  // namespace

void RdbWriter::length(uint64_t length) {
  char out[9];
  size_t size = 0;
  const auto put = [&](unsigned bytes) {  // most significant first
    while (bytes-- > 0) {
      out[size++] = static_cast<char>(length >> bytes * 8);
    }
  };
  if (length < 64) {
    put(1);
  } else if (length < 16384) {
    put(2);
    out[0] = static_cast<char>(out[0] | kLength14 << 6);
  } else {
    const bool is_wide = length > UINT32_MAX;
    out[size++] = static_cast<char>(is_wide ? kLength64 : kLength32);
    put(is_wide ? 8 : 4);
  }
  raw({out, size});
}

void RdbWriter::begin_compressed(size_t compressed, size_t size) {
  byte(special(kCompressed));
  length(compressed);
  length(size);
}

void RdbWriter::time_ms(int64_t unix_ms) {
  raw({reinterpret_cast<const char*>(&unix_ms), sizeof unix_ms});
}

void RdbWriter::real(double value) { raw({reinterpret_cast<const char*>(&value), sizeof value}); }

void RdbWriter::text(std::string_view text) {
  constexpr size_t kNumberMax = 11;  // characters of a number that takes fewer bytes than them
  if (text.size() <= kNumberMax) {
    const auto value = base::parse_int64(text);
    if (value && small_number(*value)) {
      return;
    }
  }
  bytes(text);
}

void RdbWriter::number(int64_t value) {
  if (!small_number(value)) {
    char digits[base::kIntCharsMax];
    bytes({digits, base::format_int64(digits, value)});
  }
}

// Writes a number of up to 32 bits; false if it has more.
bool RdbWriter::small_number(int64_t value) {
  const size_t size = value == static_cast<int8_t>(value)    ? 1
                      : value == static_cast<int16_t>(value) ? 2
                      : value == static_cast<int32_t>(value) ? 4
                                                             : 0;
  if (size == 0) {
    return false;
  }
  byte(special(size == 1 ? kInt8 : size == 2 ? kInt16 : kInt32));
  raw({reinterpret_cast<const char*>(&value), size});
  return true;
}

void RdbWriter::bytes(std::string_view text) {
  constexpr size_t kShort = 20;  // nothing so short gets shorter
  constexpr size_t kGain = 4;    // what the lengths may cost
  constexpr size_t kKept = size_t{1} << 20;
  if (compresses_ && text.size() > kShort) {
    const std::string_view compressed = lzf_compress(text, kGain, compressed_);
    if (!compressed.empty()) {
      begin_compressed(compressed.size(), text.size());
      raw(compressed);
    }
    if (compressed_.size() > kKept) {
      std::string().swap(compressed_);
    }
    if (!compressed.empty()) {
      return;
    }
  }
  length(text.size());
  raw(text);
}

}  // namespace gyre::persist
