// Seeded pseudo-random numbers: all chance in a process starts from one explicit seed.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <limits>

namespace gyre::base {

// xoshiro256++ of Blackman and Vigna: period 2^256 - 1, under a nanosecond a number. Same seed,
// same sequence, on every machine. Not for secrets.
class Random {
 public:
  using result_type = uint64_t;

  explicit Random(uint64_t seed) {
    // SplitMix64 spreads the seed, so that near seeds start far apart and no state is all zero.
    for (uint64_t& word : state_) {
      seed += 0x9e3779b97f4a7c15;
      uint64_t mixed = seed;
      mixed = (mixed ^ mixed >> 30) * 0xbf58476d1ce4e5b9;
      mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111eb;
      word = mixed ^ mixed >> 31;
    }
  }

  uint64_t next() {
    const uint64_t result = std::rotl(state_[0] + state_[3], 23) + state_[0];
    const uint64_t shifted = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= shifted;
    state_[3] = std::rotl(state_[3], 45);
    return result;
  }

  // Uniform in [0, limit), without bias and nearly always without a division (Lemire).
  // REQUIRES: limit > 0.
  uint64_t below(uint64_t limit) {
    unsigned __int128 scaled = static_cast<unsigned __int128>(next()) * limit;
    if (static_cast<uint64_t>(scaled) < limit) [[unlikely]] {
      const uint64_t excess = (0 - limit) % limit;
      while (static_cast<uint64_t>(scaled) < excess) {
        scaled = static_cast<unsigned __int128>(next()) * limit;
      }
    }
    return static_cast<uint64_t>(scaled >> 64);
  }

  // Uniform in [0, 1), with 53 random bits.
  double unit() { return static_cast<double>(next() >> 11) * 0x1p-53; }

  // The face of a standard UniformRandomBitGenerator.
  uint64_t operator()() { return next(); }
  static constexpr uint64_t min() { return 0; }
  static constexpr uint64_t max() { return std::numeric_limits<uint64_t>::max(); }

 private:
  std::array<uint64_t, 4> state_;
};

// A seed from the kernel, for processes that were not given one.
uint64_t entropy_seed();

}  // namespace gyre::base
