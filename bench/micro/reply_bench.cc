// Benches of resp/reply.h and output.h: encoding into shared chunks, beside appending to a string.
#include "resp/reply.h"

#include <benchmark/benchmark.h>

#include <cstring>
#include <string>

#include "resp/output.h"

namespace gyre::resp {
namespace {

constexpr int kReplies = 64;

template <typename Write>
void encode(benchmark::State& state, Write&& write) {
  ChunkPool pool;
  Output output(pool);
  for (auto _ : state) {
    Reply reply(output, false);
    output.begin(reply);
    for (int i = 0; i < kReplies; ++i) {
      write(reply);
    }
    output.finish(reply);
    output.take_off();
    benchmark::DoNotOptimize(output.parts());
    output.landed();
  }
  state.SetItemsProcessed(state.iterations() * kReplies);
}

void encode_ok(benchmark::State& state) {
  encode(state, [](Reply& reply) { reply.ok(); });
}

void encode_integer(benchmark::State& state) {
  int64_t value = 0;
  encode(state, [&](Reply& reply) { reply.integer(value += 12'345); });
}

void encode_bulk(benchmark::State& state) {
  const std::string bytes(static_cast<size_t>(state.range(0)), 'v');
  encode(state, [&](Reply& reply) { reply.bulk(bytes); });
}

void attach_blob_16k(benchmark::State& state) {
  base::BlobRef blob(base::Blob::make(std::string(16'384, 'v')));
  encode(state, [&](Reply& reply) { reply.bulk(*blob.get()); });
}

void append_bulk_to_a_string(benchmark::State& state) {
  const std::string bytes(static_cast<size_t>(state.range(0)), 'v');
  std::string out;
  for (auto _ : state) {
    out.clear();
    for (int i = 0; i < kReplies; ++i) {
      out += '$';
      out += std::to_string(bytes.size());
      out += "\r\n";
      out += bytes;
      out += "\r\n";
    }
    benchmark::DoNotOptimize(out.data());
  }
  state.SetItemsProcessed(state.iterations() * kReplies);
}

// The least that anybody pays: the bytes of ready replies copied behind each other.
void copy_ready_bulks(benchmark::State& state) {
  const std::string bulk = "$" + std::to_string(state.range(0)) + "\r\n" +
                           std::string(static_cast<size_t>(state.range(0)), 'v') + "\r\n";
  std::string out(bulk.size() * kReplies, '\0');
  for (auto _ : state) {
    for (size_t i = 0; i < kReplies; ++i) {
      std::memcpy(out.data() + i * bulk.size(), bulk.data(), bulk.size());
    }
    benchmark::DoNotOptimize(out.data());
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * kReplies);
}

BENCHMARK(encode_ok);
BENCHMARK(encode_integer);
BENCHMARK(encode_bulk)->Arg(16)->Arg(64)->Arg(1024);
BENCHMARK(append_bulk_to_a_string)->Arg(16)->Arg(64)->Arg(1024);
BENCHMARK(copy_ready_bulks)->Arg(16)->Arg(64)->Arg(1024);
BENCHMARK(attach_blob_16k);

}  // namespace
}  // namespace gyre::resp

BENCHMARK_MAIN();
