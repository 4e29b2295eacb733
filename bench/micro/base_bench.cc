// Costs of the smallest tools: hash, slot, checksums, numbers, ticks, histogram.
#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "base/clock.h"
#include "base/crc.h"
#include "base/glob.h"
#include "base/hash.h"
#include "base/histogram.h"
#include "base/number.h"
#include "base/random.h"
#include "base/text.h"

namespace gyre::base {
namespace {

std::string key_of(const benchmark::State& state) {
  return std::string(static_cast<size_t>(state.range(0)), 'k');
}

void count_bytes(benchmark::State& state) {
  state.SetBytesProcessed(state.iterations() * state.range(0));
}

// Each hash seeds the next one: the latency a table look-up waits for.
void hash_chained(benchmark::State& state) {
  const std::string key = key_of(state);
  uint64_t hash = 1;
  for (auto _ : state) {
    benchmark::DoNotOptimize(key.data());
    hash = hash_bytes(key, hash);
  }
  benchmark::DoNotOptimize(hash);
  count_bytes(state);
}
BENCHMARK(hash_chained)->Arg(3)->Arg(8)->Arg(16)->Arg(17)->Arg(32)->Arg(64)->Arg(256)->Arg(4096);

void slot_of_key(benchmark::State& state) {
  const std::string key = key_of(state);
  for (auto _ : state) {
    benchmark::DoNotOptimize(key.data());
    benchmark::DoNotOptimize(key_slot(key));
  }
}
BENCHMARK(slot_of_key)->Arg(3)->Arg(8)->Arg(16)->Arg(32)->Arg(64);

void crc16_of(benchmark::State& state) {
  const std::string key = key_of(state);
  for (auto _ : state) {
    benchmark::DoNotOptimize(key.data());
    benchmark::DoNotOptimize(crc16(key));
  }
}
BENCHMARK(crc16_of)->Arg(8)->Arg(16)->Arg(32);

void crc32c_of(benchmark::State& state) {
  const std::string bytes = key_of(state);
  for (auto _ : state) {
    benchmark::DoNotOptimize(crc32c(0, bytes));
  }
  count_bytes(state);
}
BENCHMARK(crc32c_of)->Arg(64)->Arg(65536);

void crc64_of(benchmark::State& state) {
  const std::string bytes = key_of(state);
  for (auto _ : state) {
    benchmark::DoNotOptimize(crc64(0, bytes));
  }
  count_bytes(state);
}
BENCHMARK(crc64_of)->Arg(64)->Arg(65536);

// Numbers of up to range(0) digits in random order, so that branches are not learnt by heart.
std::vector<int64_t> numbers_of(const benchmark::State& state) {
  Random random(1);
  uint64_t limit = 1;
  for (int64_t digit = 0; digit < state.range(0); ++digit) {
    limit *= 10;
  }
  std::vector<int64_t> numbers(1024);
  for (int64_t& number : numbers) {
    number = static_cast<int64_t>(random.below(limit));
  }
  return numbers;
}

void parse_integer(benchmark::State& state) {
  std::vector<std::string> texts;
  for (const int64_t number : numbers_of(state)) {
    texts.push_back(std::to_string(number));
  }
  size_t at = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(parse_int64(texts[at++ % 1024]));
  }
}
BENCHMARK(parse_integer)->Arg(1)->Arg(3)->Arg(10)->Arg(18);

void format_integer(benchmark::State& state) {
  const std::vector<int64_t> numbers = numbers_of(state);
  char out[kIntCharsMax];
  size_t at = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(format_int64(out, numbers[at++ % 1024]));
    benchmark::DoNotOptimize(out);
  }
}
BENCHMARK(format_integer)->Arg(1)->Arg(3)->Arg(10)->Arg(18);

void parse_score(benchmark::State& state) {
  for (auto _ : state) {
    benchmark::DoNotOptimize(parse_double("12345.678"));
  }
}
BENCHMARK(parse_score);

void format_score(benchmark::State& state) {
  char out[kDoubleCharsMax];
  double score = 12345.678;
  for (auto _ : state) {
    benchmark::DoNotOptimize(score);
    benchmark::DoNotOptimize(format_double(out, score));
  }
}
BENCHMARK(format_score);

void format_float(benchmark::State& state) {
  char out[kLongDoubleCharsMax];
  for (auto _ : state) {
    benchmark::DoNotOptimize(format_long_double_human(out, 12345.678L));
  }
}
BENCHMARK(format_float);

void glob_prefix(benchmark::State& state) {
  for (auto _ : state) {
    benchmark::DoNotOptimize(glob_match("user:*:session", "user:1234567890:session"));
  }
}
BENCHMARK(glob_prefix);

void equal_names(benchmark::State& state) {
  std::string left = "maxmemory-policy";
  for (auto _ : state) {
    benchmark::DoNotOptimize(left.data());
    benchmark::DoNotOptimize(equals_ignore_case(left, "MAXMEMORY-POLICY"));
  }
}
BENCHMARK(equal_names);

void read_ticks(benchmark::State& state) {
  calibrate_ticks();
  uint64_t last = ticks_now();
  for (auto _ : state) {
    const uint64_t now = ticks_now();
    benchmark::DoNotOptimize(ticks_to_ns(now - last));
    last = now;
  }
}
BENCHMARK(read_ticks);

void record_latency(benchmark::State& state) {
  Histogram histogram;
  Random random(2);
  for (auto _ : state) {
    histogram.record(random.next() >> 44);
  }
  benchmark::DoNotOptimize(histogram.total());
}
BENCHMARK(record_latency);

void random_below(benchmark::State& state) {
  Random random(3);
  for (auto _ : state) {
    benchmark::DoNotOptimize(random.below(1'000'000));
  }
}
BENCHMARK(random_below);

}  // namespace
}  // namespace gyre::base

BENCHMARK_MAIN();
