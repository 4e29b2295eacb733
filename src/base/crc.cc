// CRC64 of what is not short is folded where the CPU can. Slicing by eight: table i holds the CRC
// of a byte followed by i zero bytes, so that eight bytes are eight independent look-ups instead of
// a chain of eight.
#include "base/crc.h"

#include <array>
#include <bit>
#include <cstring>

#if defined(__SSE4_2__)
#include <nmmintrin.h>
#endif
#if defined(__x86_64__)
#include <wmmintrin.h>
#endif

namespace gyre::base {
namespace {

static_assert(std::endian::native == std::endian::little, "the sliced loops load little-endian");

template <typename Word>
using Tables = std::array<std::array<Word, 256>, 8>;

// For CRCs whose bits run from the lowest up; `polynomial` is in that order, too.
template <typename Word>
constexpr Tables<Word> reflected_tables(Word polynomial) {
  Tables<Word> tables{};
  for (size_t byte = 0; byte < 256; ++byte) {
    Word crc = static_cast<Word>(byte);
    for (int bit = 0; bit < 8; ++bit) {
      crc = (crc & 1) != 0 ? crc >> 1 ^ polynomial : crc >> 1;
    }
    tables[0][byte] = crc;
  }
  for (size_t zeros = 1; zeros < 8; ++zeros) {
    for (size_t byte = 0; byte < 256; ++byte) {
      const Word crc = tables[zeros - 1][byte];
      tables[zeros][byte] = crc >> 8 ^ tables[0][crc & 0xff];
    }
  }
  return tables;
}

// CRC16 alone runs from the highest bit down.
constexpr Tables<uint16_t> crc16_tables() {
  Tables<uint16_t> tables{};
  for (size_t byte = 0; byte < 256; ++byte) {
    unsigned crc = static_cast<unsigned>(byte) << 8;
    for (int bit = 0; bit < 8; ++bit) {
      crc = (crc & 0x8000) != 0 ? crc << 1 ^ 0x1021 : crc << 1;
    }
    tables[0][byte] = static_cast<uint16_t>(crc);
  }
  for (size_t zeros = 1; zeros < 8; ++zeros) {
    for (size_t byte = 0; byte < 256; ++byte) {
      const unsigned crc = tables[zeros - 1][byte];
      tables[zeros][byte] = static_cast<uint16_t>(crc << 8 ^ tables[0][crc >> 8]);
    }
  }
  return tables;
}

constexpr uint64_t kJones = 0x95ac9329ac4bc9b5;  // 0xad93d23594c935a9 with its bits reversed

constexpr Tables<uint16_t> kCrc16 = crc16_tables();
constexpr Tables<uint64_t> kCrc64 = reflected_tables<uint64_t>(kJones);
#if !defined(__SSE4_2__)
constexpr Tables<uint32_t> kCrc32c = reflected_tables<uint32_t>(0x82f63b78);
#endif

uint64_t load64(const char* bytes) {
  uint64_t word;
  std::memcpy(&word, bytes, sizeof word);
  return word;
}

unsigned byte_of(char c) { return static_cast<unsigned char>(c); }

template <typename Word>
Word sliced_reflected(const Tables<Word>& tables, Word crc, std::string_view bytes) {
  const char* at = bytes.data();
  const char* const end = at + bytes.size();
  for (; end - at >= 8; at += 8) {
    const uint64_t word = load64(at) ^ crc;
    crc = 0;
    for (int i = 0; i < 8; ++i) {
      crc ^= tables[static_cast<size_t>(7 - i)][word >> (8 * i) & 0xff];
    }
  }
  for (; at != end; ++at) {
    crc = crc >> 8 ^ tables[0][(crc ^ byte_of(*at)) & 0xff];
  }
  return crc;
}

// Product of two polynomials modulo Jones's, both with x^0 in the highest bit.
constexpr uint64_t multiply_mod(uint64_t left, uint64_t right) {
  uint64_t product = 0;
  for (uint64_t bit = uint64_t{1} << 63; bit != 0; bit >>= 1) {
    if ((left & bit) != 0) {
      product ^= right;
    }
    right = (right & 1) != 0 ? right >> 1 ^ kJones : right >> 1;
  }
  return product;
}

// x^exponent modulo Jones's polynomial.
constexpr uint64_t power_mod(uint64_t exponent) {
  uint64_t result = uint64_t{1} << 63;
  uint64_t power = uint64_t{1} << 62;
  for (; exponent != 0; exponent >>= 1) {
    if ((exponent & 1) != 0) {
      result = multiply_mod(power, result);
    }
    power = multiply_mod(power, power);
  }
  return result;
}

#if defined(__x86_64__)
// CRC64 by carry-less multiplication. 16 bytes of text are a polynomial of degree 127, its first
// bit the highest; those that follow them after `distance` bits are added to it times x^distance,
// which may be any polynomial with the same remainder. A product of two halves is one bit too low
// in this order of bits, so powers are one less.
#define GYRE_CLMUL __attribute__((target("pclmul,sse4.2")))

struct Factors {
  constexpr explicit Factors(uint64_t distance)
      : first(power_mod(distance + 63)), second(power_mod(distance - 1)) {}
  GYRE_CLMUL __m128i load() const {
    return _mm_set_epi64x(static_cast<int64_t>(second), static_cast<int64_t>(first));
  }
  uint64_t first;  // of the first eight bytes
  uint64_t second;
};
constexpr size_t kLane = 16;
constexpr size_t kLanes = 4;
constexpr Factors kNextLane(kLane * 8);
constexpr Factors kNextRound(kLanes* kLane * 8);

GYRE_CLMUL __m128i load_lane(const char* at) {
  return _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
}

GYRE_CLMUL __m128i fold(__m128i bytes, __m128i factors, __m128i next) {
  return _mm_xor_si128(next, _mm_xor_si128(_mm_clmulepi64_si128(bytes, factors, 0x00),
                                           _mm_clmulepi64_si128(bytes, factors, 0x11)));
}

// Of the first bytes of a text; takes them off it. REQUIRES: there are kLanes * kLane or more.
GYRE_CLMUL uint64_t crc64_folded(uint64_t crc, std::string_view& bytes) {
  __m128i lanes[kLanes];
  for (size_t i = 0; i < kLanes; ++i) {
    lanes[i] = load_lane(bytes.data() + i * kLane);
  }
  lanes[0] = _mm_xor_si128(lanes[0], _mm_set_epi64x(0, static_cast<int64_t>(crc)));
  bytes.remove_prefix(sizeof lanes);
  const __m128i round = kNextRound.load();
  for (; bytes.size() >= sizeof lanes; bytes.remove_prefix(sizeof lanes)) {
    for (size_t i = 0; i < kLanes; ++i) {
      lanes[i] = fold(lanes[i], round, load_lane(bytes.data() + i * kLane));
    }
  }
  const __m128i lane = kNextLane.load();
  __m128i all = lanes[0];
  for (size_t i = 1; i < kLanes; ++i) {
    all = fold(all, lane, lanes[i]);
  }
  char folded[kLane];
  _mm_storeu_si128(reinterpret_cast<__m128i*>(folded), all);
  return sliced_reflected<uint64_t>(kCrc64, 0, {folded, sizeof folded});
}

bool has_clmul() { return __builtin_cpu_supports("pclmul") != 0; }
#else
constexpr size_t kLane = 16;
constexpr size_t kLanes = 4;
uint64_t crc64_folded(uint64_t crc, std::string_view&) { return crc; }
constexpr bool has_clmul() { return false; }
#endif

}  // namespace

uint16_t crc16(std::string_view bytes) {
  const char* at = bytes.data();
  const char* const end = at + bytes.size();
  unsigned crc = 0;
  for (; end - at >= 8; at += 8) {
    crc = kCrc16[7][byte_of(at[0]) ^ crc >> 8] ^ kCrc16[6][byte_of(at[1]) ^ (crc & 0xff)] ^
          kCrc16[5][byte_of(at[2])] ^ kCrc16[4][byte_of(at[3])] ^ kCrc16[3][byte_of(at[4])] ^
          kCrc16[2][byte_of(at[5])] ^ kCrc16[1][byte_of(at[6])] ^ kCrc16[0][byte_of(at[7])];
  }
  for (; at != end; ++at) {
    crc = (crc << 8 ^ kCrc16[0][(crc >> 8 ^ byte_of(*at)) & 0xff]) & 0xffff;
  }
  return static_cast<uint16_t>(crc);
}

uint16_t key_slot(std::string_view key) {
  if (const size_t open = key.find('{'); open != std::string_view::npos) [[unlikely]] {
    const size_t close = key.find('}', open + 1);
    if (close != std::string_view::npos && close != open + 1) {
      key = key.substr(open + 1, close - open - 1);
    }
  }
  return crc16(key) % kSlotCount;
}

uint32_t crc32c(uint32_t crc, std::string_view bytes) {
#if defined(__SSE4_2__)
  const char* at = bytes.data();
  const char* const end = at + bytes.size();
  uint64_t state = ~crc;
  for (; end - at >= 8; at += 8) {
    state = _mm_crc32_u64(state, load64(at));
  }
  for (; at != end; ++at) {
    state = _mm_crc32_u8(static_cast<uint32_t>(state), static_cast<unsigned char>(*at));
  }
  return ~static_cast<uint32_t>(state);
#else
  return ~sliced_reflected<uint32_t>(kCrc32c, ~crc, bytes);
#endif
}

uint64_t crc64(uint64_t crc, std::string_view bytes) {
  if (bytes.size() >= 2 * kLanes * kLane && has_clmul()) {
    crc = crc64_folded(crc, bytes);
  }
  return sliced_reflected<uint64_t>(kCrc64, crc, bytes);
}

uint64_t crc64_combine(uint64_t first, uint64_t second, uint64_t second_size) {
  // Appending n bytes multiplies the first part by x^(8n); that power comes from squarings.
  uint64_t power = uint64_t{1} << (63 - 8);  // x^8
  for (; second_size != 0; second_size >>= 1) {
    if ((second_size & 1) != 0) {
      first = multiply_mod(power, first);
    }
    power = multiply_mod(power, power);
  }
  return first ^ second;
}

}  // namespace gyre::base
