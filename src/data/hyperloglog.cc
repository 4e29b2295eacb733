#include "data/hyperloglog.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <utility>

namespace gyre::data {
namespace {

constexpr unsigned kIndexBits = 14;
constexpr unsigned kRankMax = 64 - kIndexBits;  // ranks are 1 to this plus 1
constexpr uint8_t kSparseValueMax = 32;
constexpr uint64_t kHashSeed = 0xadc83b19;

// MurmurHash64A (Austin Appleby, public domain), which decides the registers in every server.
uint64_t murmur64(std::string_view text) {
  constexpr uint64_t kMul = 0xc6a4a7935bd1e995;
  constexpr int kShift = 47;
  uint64_t hash = kHashSeed ^ (text.size() * kMul);
  const char* at = text.data();
  size_t left = text.size();
  for (; left >= 8; left -= 8, at += 8) {
    uint64_t word;
    std::memcpy(&word, at, sizeof word);
    word *= kMul;
    word ^= word >> kShift;
    word *= kMul;
    hash ^= word;
    hash *= kMul;
  }
  if (left > 0) {
    uint64_t tail = 0;
    for (size_t i = left; i-- > 0;) {
      tail = tail << 8 | static_cast<unsigned char>(at[i]);
    }
    hash ^= tail;
    hash *= kMul;
  }
  hash ^= hash >> kShift;
  hash *= kMul;
  return hash ^ (hash >> kShift);
}

// The register of an element, and how rare its hash is.
struct Mark {
  size_t index;
  uint8_t rank;
};

Mark mark_of(std::string_view element) {
  const uint64_t hash = murmur64(element);
  const uint64_t rest = hash >> kIndexBits | uint64_t{1} << kRankMax;  // ends the run of zeros
  return {hash & (HyperLogLog::kRegisters - 1), static_cast<uint8_t>(std::countr_zero(rest) + 1)};
}

uint8_t dense_register(const char* registers, size_t index) {
  const size_t bit = index * 6;
  const auto low = static_cast<unsigned char>(registers[bit / 8]);
  const unsigned shift = bit % 8;
  unsigned word = low >> shift;
  if (shift > 2) {
    word |= static_cast<unsigned>(static_cast<unsigned char>(registers[bit / 8 + 1]))
            << (8 - shift);
  }
  return static_cast<uint8_t>(word & 63);
}

void set_dense_register(char* registers, size_t index, uint8_t value) {
  const size_t bit = index * 6;
  const unsigned shift = bit % 8;
  const auto put = [&](char& byte, unsigned mask, unsigned bits) {
    byte = static_cast<char>((static_cast<unsigned char>(byte) & ~mask) | (bits & mask));
  };
  put(registers[bit / 8], 63U << shift & 255, unsigned{value} << shift);
  if (shift > 2) {
    put(registers[bit / 8 + 1], 63U >> (8 - shift), unsigned{value} >> (8 - shift));
  }
}

// A run of a sparse one.
struct Run {
  size_t size = 0;    // bytes it takes
  size_t count = 0;   // registers
  uint8_t value = 0;  // theirs
};

// The run at `at`; size 0 if it is cut off.
Run run_at(std::string_view bytes, size_t at) {
  const auto byte = static_cast<unsigned char>(bytes[at]);
  if ((byte & 0x80) != 0) {
    return {1, (byte & 3U) + 1, static_cast<uint8_t>((byte >> 2 & 31) + 1)};
  }
  if ((byte & 0x40) == 0) {
    return {1, (byte & 63U) + 1, 0};
  }
  if (at + 1 >= bytes.size()) {
    return {};
  }
  return {2, ((byte & 63U) << 8 | static_cast<unsigned char>(bytes[at + 1])) + 1, 0};
}

void append_run(std::string& out, uint8_t value, size_t count) {
  while (count > 0) {
    const size_t most = value > 0 ? 4 : HyperLogLog::kRegisters;
    const size_t now = std::min(count, most);
    if (value > 0) {
      out += static_cast<char>(0x80 | (value - 1) << 2 | static_cast<int>(now - 1));
    } else if (now <= 64) {
      out += static_cast<char>(now - 1);
    } else {
      out += static_cast<char>(0x40 | static_cast<int>((now - 1) >> 8));
      out += static_cast<char>((now - 1) & 255);
    }
    count -= now;
  }
}

// Joins short runs of one value around a change, beginning with the run at `at`.
void join_runs(std::string& bytes, size_t at) {
  for (int looks = 0; looks < 5 && at + 1 < bytes.size(); ++looks) {
    const Run run = run_at(bytes, at);
    if (run.size == 0 || at + run.size >= bytes.size()) {
      return;
    }
    const Run next = run_at(bytes, at + run.size);
    if (run.value > 0 && run.value == next.value && run.count + next.count <= 4) {
      std::string joined;
      append_run(joined, run.value, run.count + next.count);
      bytes.replace(at, 2, joined);
    } else {
      at += run.size;
    }
  }
}

// A walk over the runs of a sparse one, for registers in ascending order.
struct Walk {
  struct Place {
    size_t first;  // register at which the run begins
    size_t at;     // where the run is
  };
  // The run that the walk is at and the two before it: what joins them may take the place of any.
  Place here = {0, HyperLogLog::kHeader};
  Place before = here;
  Place before_that = here;
};

// Raises a register. Nothing if that takes a dense one: the value is too high for a run, or what
// takes the place of a run would make the whole longer than `sparse_max`.
std::optional<HyperLogLog::Change> raise_sparse(std::string& bytes, const Mark& mark,
                                                size_t sparse_max, Walk& walk) {
  if (mark.rank > kSparseValueMax) {
    return std::nullopt;
  }
  while (walk.here.at < bytes.size()) {
    const auto [first, at] = walk.here;
    const Run run = run_at(bytes, at);
    if (run.size == 0) {
      break;
    }
    if (mark.index >= first + run.count) {
      walk.before_that = std::exchange(walk.before, walk.here);
      walk.here = {first + run.count, at + run.size};
      continue;
    }
    if (run.value >= mark.rank) {
      return HyperLogLog::Change::none;
    }
    std::string fresh;
    append_run(fresh, run.value, mark.index - first);
    append_run(fresh, mark.rank, 1);
    append_run(fresh, run.value, first + run.count - 1 - mark.index);
    if (fresh.size() > run.size && bytes.size() + fresh.size() - run.size > sparse_max) {
      return std::nullopt;
    }
    bytes.replace(at, run.size, fresh);
    join_runs(bytes, walk.before.at);
    walk.here = walk.before = walk.before_that;
    return HyperLogLog::Change::changed;
  }
  return HyperLogLog::Change::corrupt;
}

std::string header(bool dense) {
  std::string bytes("HYLL", 4);
  bytes += static_cast<char>(dense ? 0 : 1);
  bytes.append(HyperLogLog::kHeader - bytes.size(), '\0');
  return bytes;
}

// Both series are those of Otmar Ertl, "New cardinality estimation algorithms for HyperLogLog
// sketches", 2017.
double sigma(double x) {
  if (x == 1) {
    return std::numeric_limits<double>::infinity();
  }
  double sum = x;
  double weight = 1;
  for (double last = -1; last != sum;) {
    last = sum;
    x *= x;
    sum += x * weight;
    weight += weight;
  }
  return sum;
}

double tau(double x) {
  if (x == 0 || x == 1) {
    return 0;
  }
  double sum = 1 - x;
  double weight = 1;
  for (double last = -1; last != sum;) {
    last = sum;
    x = std::sqrt(x);
    weight *= 0.5;
    sum -= (1 - x) * (1 - x) * weight;
  }
  return sum / 3;
}

}  // namespace

std::string HyperLogLog::make() {
  std::string bytes = header(false);
  append_run(bytes, 0, kRegisters);
  return bytes;
}

bool HyperLogLog::is_valid(std::string_view bytes) {
  return bytes.size() >= kHeader && bytes.starts_with("HYLL") &&
         static_cast<unsigned char>(bytes[4]) <= 1 &&
         (!is_dense(bytes) || bytes.size() == kDenseSize);
}

HyperLogLog::Change HyperLogLog::add_dense(char* bytes, std::string_view element) {
  const Mark mark = mark_of(element);
  char* registers = bytes + kHeader;
  if (dense_register(registers, mark.index) >= mark.rank) {
    return Change::none;
  }
  set_dense_register(registers, mark.index, mark.rank);
  return Change::changed;
}

HyperLogLog::Change HyperLogLog::add_sparse(std::string& bytes, std::string_view element,
                                            size_t sparse_max) {
  Walk walk;
  if (const auto change = raise_sparse(bytes, mark_of(element), sparse_max, walk)) {
    return *change;
  }
  if (!make_dense(bytes)) {
    return Change::corrupt;
  }
  add_dense(bytes.data(), element);
  return Change::changed;
}

void HyperLogLog::replace_dense(std::string& bytes, const Registers& registers) {
  std::string dense = encode(registers);
  dense.replace(8, 8, bytes, 8, 8);  // the cached count
  bytes = std::move(dense);
}

bool HyperLogLog::make_dense(std::string& bytes) {
  Registers registers = {};
  if (!merge_into(registers, bytes)) {
    return false;
  }
  replace_dense(bytes, registers);
  return true;
}

std::optional<uint64_t> HyperLogLog::cached_count(std::string_view bytes) {
  uint64_t count = 0;
  for (size_t i = 8; i-- > 0;) {
    count = count << 8 | static_cast<unsigned char>(bytes[8 + i]);
  }
  return count >> 63 != 0 ? std::nullopt : std::optional(count);
}

void HyperLogLog::set_cached_count(char* bytes, uint64_t count) {
  for (size_t i = 0; i < 8; ++i) {
    bytes[8 + i] = static_cast<char>(count >> (8 * i));
  }
}

void HyperLogLog::set_stale(char* bytes) { bytes[15] = static_cast<char>(bytes[15] | 0x80); }

bool HyperLogLog::merge_into(Registers& registers, std::string_view bytes) {
  if (is_dense(bytes)) {
    for (size_t i = 0; i < kRegisters; ++i) {
      registers[i] = std::max(registers[i], dense_register(bytes.data() + kHeader, i));
    }
    return true;
  }
  size_t index = 0;
  for (size_t at = kHeader; at < bytes.size();) {
    const Run run = run_at(bytes, at);
    if (run.size == 0 || run.count > kRegisters - index) {
      return false;
    }
    for (size_t i = 0; i < run.count; ++i, ++index) {
      registers[index] = std::max(registers[index], run.value);
    }
    at += run.size;
  }
  return index == kRegisters;
}

uint64_t HyperLogLog::count(const Registers& registers) {
  constexpr double kAlphaInfinity = 0.721347520444481703680;  // 1 / (2 ln 2)
  constexpr double kCount = kRegisters;
  std::array<double, 64> having = {};  // registers by value
  for (const uint8_t value : registers) {
    ++having[value & 63];
  }
  double z = kCount * tau((kCount - having[kRankMax + 1]) / kCount);
  for (size_t rank = kRankMax; rank >= 1; --rank) {
    z = (z + having[rank]) * 0.5;
  }
  z += kCount * sigma(having[0] / kCount);
  return static_cast<uint64_t>(std::llround(kAlphaInfinity * kCount * kCount / z));
}

std::string HyperLogLog::encode(const Registers& registers) {
  std::string bytes = header(true);
  bytes.resize(kDenseSize);
  for (size_t i = 0; i < kRegisters; ++i) {
    set_dense_register(bytes.data() + kHeader, i, registers[i]);
  }
  return bytes;
}

void HyperLogLog::raise(std::string& bytes, const Registers& registers, size_t sparse_max) {
  Walk walk;
  for (size_t i = 0; i < kRegisters; ++i) {
    if (registers[i] != 0 && !raise_sparse(bytes, {i, registers[i]}, sparse_max, walk)) {
      replace_dense(bytes, registers);
      return;
    }
  }
}

std::optional<std::string> HyperLogLog::describe_runs(std::string_view bytes) {
  std::string text;
  for (size_t at = kHeader; at < bytes.size();) {
    const Run run = run_at(bytes, at);
    if (run.size == 0) {
      return std::nullopt;
    }
    text += run.value > 0 ? "v:" + std::to_string(run.value) + "," : run.size == 2 ? "Z:" : "z:";
    text += std::to_string(run.count) + " ";
    at += run.size;
  }
  if (!text.empty()) {
    text.pop_back();
  }
  return text;
}

}  // namespace gyre::data
