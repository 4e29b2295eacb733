// BITFIELD, BITFIELD_RO: numbers of any width inside a string.
#include <algorithm>
#include <vector>

#include "base/number.h"
#include "base/text.h"
#include "commands/bitmap/bitmap.h"
#include "data/bits.h"

namespace gyre::commands {
namespace {

enum class Verb : uint8_t { get, set, incrby };

struct Step {
  Verb verb = Verb::get;
  data::FieldType type;
  data::Overflow overflow = data::Overflow::wrap;
  uint64_t offset = 0;
  int64_t number = 0;  // to set or to add
};

struct Plan {
  std::vector<Step> steps;
  size_t write_size = 0;  // bytes that the string must have for all writes; 0 if there is none
};

Result<data::FieldType> parse_type(std::string_view text) {
  constexpr Error kBad{
      "ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but "
      "i64 is."};
  const bool is_signed = text.starts_with('i');
  if (!is_signed && !text.starts_with('u')) {
    return fail(kBad);
  }
  const auto width = base::parse_int64(text.substr(1));
  if (!width || *width < 1 || *width > (is_signed ? 64 : 63)) {
    return fail(kBad);
  }
  return data::FieldType{.is_signed = is_signed, .width = static_cast<unsigned>(*width)};
}

Result<data::Overflow> parse_overflow(std::string_view text) {
  if (base::equals_ignore_case(text, "WRAP")) {
    return data::Overflow::wrap;
  }
  if (base::equals_ignore_case(text, "SAT")) {
    return data::Overflow::saturate;
  }
  if (base::equals_ignore_case(text, "FAIL")) {
    return data::Overflow::fail;
  }
  return fail("ERR Invalid OVERFLOW type specified");
}

Result<Plan> parse_plan(const exec::Request& request, const store::Shard& shard) {
  Plan plan;
  data::Overflow overflow = data::Overflow::wrap;
  for (size_t i = 2; i < request.size();) {
    const std::string_view word = request.arg(i);
    const size_t behind = request.size() - i - 1;
    Step step;
    if (base::equals_ignore_case(word, "OVERFLOW") && behind >= 1) {
      GYRE_TRY_LET(parsed, parse_overflow(request.arg(i + 1)));
      overflow = parsed;
      i += 2;
      continue;
    }
    if (base::equals_ignore_case(word, "GET") && behind >= 2) {
      step.verb = Verb::get;
    } else if (base::equals_ignore_case(word, "SET") && behind >= 3) {
      step.verb = Verb::set;
    } else if (base::equals_ignore_case(word, "INCRBY") && behind >= 3) {
      step.verb = Verb::incrby;
    } else {
      return fail(exec::errors::syntax);
    }
    GYRE_TRY_LET(type, parse_type(request.arg(i + 1)));
    step.type = type;
    GYRE_TRY_LET(offset, parse_bit_offset(request.arg(i + 2), shard, type.width));
    step.offset = offset;
    step.overflow = overflow;
    i += 3;
    if (step.verb != Verb::get) {
      const auto number = base::parse_int64(request.arg(i++));
      if (!number) {
        return fail(exec::errors::not_integer);
      }
      step.number = *number;
      plan.write_size = std::max<size_t>(plan.write_size, (offset + type.width - 1) / 8 + 1);
    }
    plan.steps.push_back(step);
  }
  return plan;
}

void read_all(const Plan& plan, std::string_view bytes, resp::Reply& reply) {
  reply.array(plan.steps.size());
  for (const Step& step : plan.steps) {
    const uint64_t bits = data::read_bits(bytes, step.offset, step.type.width);
    reply.integer(data::field_number(bits, step.type));
  }
}

// Answers one step; true if it changed the bytes.
bool run_step(const Step& step, const Bitmap& bitmap, resp::Reply& reply) {
  const std::string_view bytes{bitmap.bytes, bitmap.size};
  const uint64_t before = data::read_bits(bytes, step.offset, step.type.width);
  if (step.verb == Verb::get) {
    reply.integer(data::field_number(before, step.type));
    return false;
  }
  const data::FieldResult result =
      step.verb == Verb::set ? data::fit_to_field(step.number, step.type, step.overflow)
                             : data::add_to_field(before, step.number, step.type, step.overflow);
  if (!result.fits) {
    reply.null();
    return false;
  }
  data::write_bits(bitmap.bytes, step.offset, step.type.width, result.value);
  const uint64_t after = data::read_bits(bytes, step.offset, step.type.width);
  reply.integer(data::field_number(step.verb == Verb::set ? before : after, step.type));
  return before != after;
}

Status run_reads(exec::Request& request, store::Shard& shard, const Plan& plan,
                 resp::Reply& reply) {
  GYRE_TRY_LET(entry, find_string(request, shard));
  Scratch scratch;
  read_all(plan, entry == nullptr ? std::string_view() : string_bytes(*entry, scratch), reply);
  return {};
}

Status bitfield(exec::Request& request, store::Shard& shard, resp::Reply& reply) {
  GYRE_TRY_LET(plan, parse_plan(request, shard));
  if (plan.write_size == 0) {
    return run_reads(request, shard, plan, reply);
  }
  GYRE_TRY_LET(bitmap, open_bitmap(request, shard, plan.write_size));
  bool has_changed = bitmap.has_grown;
  reply.array(plan.steps.size());
  for (const Step& step : plan.steps) {
    has_changed |= run_step(step, bitmap, reply);
  }
  if (has_changed) {
    shard.commit(shard.db(request.db), request.key, kSetbitEvent);
  }
  return {};
}

Status bitfield_ro(exec::Request& request, store::Shard& shard, resp::Reply& reply) {
  GYRE_TRY_LET(plan, parse_plan(request, shard));
  if (plan.write_size > 0) {
    return fail("ERR BITFIELD_RO only supports the GET subcommand");
  }
  return run_reads(request, shard, plan, reply);
}

constexpr exec::KeySpec kChangedKey[] = {{.flags = "RW access update variable_flags",
                                          .notes = "Reads with `GET`, changes with the others"}};

constexpr exec::Command kRows[] = {
    {.name = "BITFIELD",
     .since = "3.2.0",
     .group = exec::Group::bitmap,
     .complexity = "O(1) for each operation",
     .summary = "Reads, sets and adds to numbers of any width inside the string at a key.",
     .syntax =
         "key [GET encoding offset|[OVERFLOW <WRAP|SAT|FAIL>] <SET encoding offset value:integer|"
         "INCRBY encoding offset increment> [GET encoding offset|[OVERFLOW <WRAP|SAT|FAIL>] "
         "<SET encoding offset value:integer|INCRBY encoding offset increment> ...]]",
     .flags = exec::kWrite | exec::kDenyoom,
     .keys = kChangedKey,
     .shape = exec::owner(bitfield),
     .repeat = exec::Repeat::same},
    {.name = "BITFIELD_RO",
     .since = "6.0.0",
     .group = exec::Group::bitmap,
     .complexity = "O(1) for each operation",
     .summary = "Reads numbers of any width inside the string at a key.",
     .syntax = "key [GET encoding offset [GET encoding offset ...]]",
     .flags = exec::kReadonly | exec::kFast,
     .keys = exec::kReadKey,
     .shape = exec::owner(bitfield_ro)},
};

}  // namespace

extern const exec::Rows bitmap_bitfield{kRows};

}  // namespace gyre::commands
