// PFDEBUG, PFSELFTEST: a look inside HyperLogLogs, and a proof of the arithmetic.
#include <cmath>
#include <memory>
#include <string>

#include "base/random.h"
#include "base/text.h"
#include "commands/string/strings.h"
#include "data/hyperloglog.h"

namespace gyre::commands {
namespace {

using data::HyperLogLog;

constexpr Error kCorrupt{"INVALIDOBJ Corrupted HLL object detected"};

void store_dense(exec::Request& request, store::Shard& shard, const std::string& bytes,
                 int64_t expire_at_ms) {
  constexpr static store::Event kMadeDense{'$', "pfadd"};
  store::Keyspace& db = shard.db(request.db);
  store_raw_text(db, request.key, bytes, expire_at_ms);
  shard.commit(db, request.key, kMadeDense);
}

// PFDEBUG GETREG makes the value dense, as it does in Redis.
Status reply_registers(exec::Request& request, store::Shard& shard, std::string bytes, bool is_new,
                       int64_t expire_at_ms, resp::Reply& reply) {
  if (is_new) {
    store_dense(request, shard, bytes, expire_at_ms);
  }
  auto registers = std::make_unique<HyperLogLog::Registers>();
  HyperLogLog::merge_into(*registers, bytes);
  reply.array(registers->size());
  for (const uint8_t value : *registers) {
    reply.integer(value);
  }
  return {};
}

Status pfdebug(exec::Request& request, store::Shard& shard, resp::Reply& reply) {
  GYRE_TRY_LET(entry, find_string_for_write(request, shard));
  if (entry == nullptr) {
    return fail("ERR The specified key does not exist");
  }
  Scratch scratch;
  std::string bytes(string_bytes(*entry, scratch));
  if (!HyperLogLog::is_valid(bytes)) {
    return fail("WRONGTYPE Key is not a valid HyperLogLog string value.");
  }
  const int64_t expire_at_ms = entry->expire_at_ms();
  const std::string_view what = request.arg(1);
  const bool is_sparse = !HyperLogLog::is_dense(bytes);
  if (base::equals_ignore_case(what, "ENCODING")) {
    reply.simple(is_sparse ? "sparse" : "dense");
    return {};
  }
  if (base::equals_ignore_case(what, "DECODE")) {
    if (!is_sparse) {
      return fail("ERR HLL encoding is not sparse");
    }
    const auto runs = HyperLogLog::describe_runs(bytes);
    if (!runs) {
      return fail(kCorrupt);
    }
    reply.bulk(*runs);
    return {};
  }
  const bool wants_registers = base::equals_ignore_case(what, "GETREG");
  if (!wants_registers && !base::equals_ignore_case(what, "TODENSE")) {
    return exec::format_error("ERR Unknown PFDEBUG subcommand '%.*s'",
                              static_cast<int>(what.size()), what.data());
  }
  if (is_sparse && !HyperLogLog::make_dense(bytes)) {
    return fail(kCorrupt);
  }
  if (wants_registers) {
    return reply_registers(request, shard, std::move(bytes), is_sparse, expire_at_ms, reply);
  }
  if (is_sparse) {
    store_dense(request, shard, bytes, expire_at_ms);
  }
  reply.integer(is_sparse ? 1 : 0);
  return {};
}

// Registers that were set are read back, and estimates stay within four standard errors.
Status pfselftest(exec::Request& request, store::Shard& shard, resp::Reply& reply) {
  base::Random random(1);
  for (int round = 0; round < 20; ++round) {
    auto registers = std::make_unique<HyperLogLog::Registers>();
    for (uint8_t& value : *registers) {
      value = static_cast<uint8_t>(random.next() % (round % 2 == 0 ? 64 : 3));
    }
    for (const bool sparse : {false, true}) {
      auto again = std::make_unique<HyperLogLog::Registers>();
      std::string bytes = sparse ? HyperLogLog::make() : HyperLogLog::encode(*registers);
      if (sparse) {
        HyperLogLog::raise(bytes, *registers, SIZE_MAX);
      }
      if (!HyperLogLog::is_valid(bytes) || !HyperLogLog::merge_into(*again, bytes) ||
          *again != *registers) {
        return fail("ERR TESTFAILED registers differ after encoding");
      }
    }
  }
  constexpr double kError = 1.04 / 128;  // the standard error of 16384 registers
  std::string sparse = HyperLogLog::make();
  std::string dense = HyperLogLog::make();
  HyperLogLog::make_dense(dense);
  uint64_t checkpoint = 1;
  for (uint64_t seen = 1; seen <= 1'000'000; ++seen) {
    const uint64_t element = random.next();
    const std::string_view text(reinterpret_cast<const char*>(&element), sizeof element);
    HyperLogLog::add_dense(dense.data(), text);
    if (HyperLogLog::is_dense(sparse)) {
      HyperLogLog::add_dense(sparse.data(), text);
    } else {
      HyperLogLog::add_sparse(sparse, text, shard.options().limits.hyperloglog_sparse_bytes);
    }
    if (seen != checkpoint) {
      continue;
    }
    auto of_dense = std::make_unique<HyperLogLog::Registers>();
    auto of_sparse = std::make_unique<HyperLogLog::Registers>();
    if (!HyperLogLog::merge_into(*of_dense, dense) ||
        !HyperLogLog::merge_into(*of_sparse, sparse) || *of_dense != *of_sparse) {
      return fail("ERR TESTFAILED dense/sparse disagree");
    }
    const auto count = static_cast<double>(HyperLogLog::count(*of_dense));
    const auto exact = static_cast<double>(seen);
    if (std::abs(count - exact) > std::ceil(4 * kError * exact)) {
      return fail("ERR TESTFAILED Too big error");
    }
    checkpoint *= 10;
  }
  reply.ok();
  return {};
}

constexpr exec::KeySpec kKeys[] = {{.flags = "RW access", .index = 2}};

constexpr exec::Command kRows[] = {
    {.name = "PFDEBUG",
     .since = "2.8.9",
     .group = exec::Group::hyperloglog,
     .complexity = "N/A",
     .summary = "Shows the registers, runs or encoding of a HyperLogLog.",
     .syntax = "subcommand key",
     .flags = exec::kWrite | exec::kDenyoom | exec::kAdmin,
     .keys = kKeys,
     .shape = exec::owner(pfdebug)},
    {.name = "PFSELFTEST",
     .since = "2.8.9",
     .group = exec::Group::hyperloglog,
     .complexity = "N/A",
     .summary = "Tests the HyperLogLog arithmetic of this server.",
     .flags = exec::kAdmin,
     .shape = exec::here(pfselftest)},
};

}  // namespace

extern const exec::Rows hyperloglog_pfdebug{kRows};

}  // namespace gyre::commands
