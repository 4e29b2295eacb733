// Benches of resp/parser.h: pipelines of commands in place, beside a bare search for line ends.
#include "resp/parser.h"

#include <benchmark/benchmark.h>

#include <cstring>
#include <string>

namespace gyre::resp {
namespace {

std::string encode(const std::vector<std::string>& command) {
  std::string out = "*" + std::to_string(command.size()) + "\r\n";
  for (const std::string& arg : command) {
    out += "$" + std::to_string(arg.size()) + "\r\n" + arg + "\r\n";
  }
  return out;
}

std::string pipeline(const std::vector<std::string>& command, int count) {
  std::string out;
  for (int i = 0; i < count; ++i) {
    out += encode(command);
  }
  return out;
}

const std::vector<std::string> kGet = {"GET", "key:000000000017"};
const std::vector<std::string> kSet = {"SET", "key:000000000017", std::string(64, 'v')};
const std::vector<std::string> kLarge = {"SET", "key:000000000017", std::string(16'384, 'v')};

void parse(benchmark::State& state, const std::vector<std::string>& command) {
  const auto count = static_cast<int>(state.range(0));
  const std::string bytes = pipeline(command, count);
  Parser parser;
  Arguments out;
  for (auto _ : state) {
    const char* at = bytes.data();
    size_t left = bytes.size();
    while (left > 0) {
      size_t consumed = 0;
      parser.next(at, left, {}, out, consumed);
      at += consumed;
      left -= consumed;
    }
    benchmark::DoNotOptimize(out.views.data());
    out.clear();
  }
  state.SetItemsProcessed(state.iterations() * count);
}

void parse_get(benchmark::State& state) { parse(state, kGet); }
void parse_set(benchmark::State& state) { parse(state, kSet); }
void parse_set_16k(benchmark::State& state) { parse(state, kLarge); }

// The least that anybody pays: every line end found with memchr, nothing understood.
void find_line_ends(benchmark::State& state) {
  const auto count = static_cast<int>(state.range(0));
  const std::string bytes = pipeline(kGet, count);
  for (auto _ : state) {
    size_t lines = 0;
    const char* const end = bytes.data() + bytes.size();
    for (const char* at = bytes.data(); at < end; ++lines) {
      const auto size = static_cast<size_t>(end - at);
      at = static_cast<const char*>(std::memchr(at, '\n', size)) + 1;
    }
    benchmark::DoNotOptimize(lines);
  }
  state.SetItemsProcessed(state.iterations() * count);
}

// A command that comes in two pieces: found incomplete, kept, finished.
void parse_get_in_two_pieces(benchmark::State& state) {
  const std::string bytes = encode(kGet);
  Parser parser;
  Arguments out;
  for (auto _ : state) {
    size_t consumed = 0;
    parser.next(bytes.data(), bytes.size() / 2, {}, out, consumed);
    parser.next(bytes.data(), bytes.size(), {}, out, consumed);
    benchmark::DoNotOptimize(out.views.data());
    out.clear();
  }
}

void parse_inline(benchmark::State& state) {
  const std::string bytes = "GET key:000000000017\r\n";
  Parser parser;
  Arguments out;
  for (auto _ : state) {
    size_t consumed = 0;
    parser.next(bytes.data(), bytes.size(), {}, out, consumed);
    benchmark::DoNotOptimize(out.views.data());
    out.clear();
  }
}

BENCHMARK(parse_get)->Arg(1)->Arg(16)->Arg(64);
BENCHMARK(parse_set)->Arg(1)->Arg(16)->Arg(64);
BENCHMARK(parse_set_16k)->Arg(1);
BENCHMARK(find_line_ends)->Arg(1)->Arg(16)->Arg(64);
BENCHMARK(parse_get_in_two_pieces);
BENCHMARK(parse_inline);

}  // namespace
}  // namespace gyre::resp

BENCHMARK_MAIN();
