// LCS.
#include <limits>
#include <string>
#include <vector>

#include "base/number.h"
#include "base/text.h"
#include "commands/string/lcs_table.h"
#include "commands/string/strings.h"
#include "exec/carry.h"

namespace gyre::commands {
namespace {

using exec::Carry;

struct LcsOptions {
  bool is_len = false;
  bool is_idx = false;
  bool has_match_len = false;
  int64_t match_len_min = 0;
};

Result<LcsOptions> parse_lcs(const exec::Request& request) {
  LcsOptions options;
  for (size_t i = 3; i < request.size(); ++i) {
    const std::string_view arg = request.arg(i);
    if (base::equals_ignore_case(arg, "IDX")) {
      options.is_idx = true;
    } else if (base::equals_ignore_case(arg, "LEN")) {
      options.is_len = true;
    } else if (base::equals_ignore_case(arg, "WITHMATCHLEN")) {
      options.has_match_len = true;
    } else if (base::equals_ignore_case(arg, "MINMATCHLEN") && i + 1 < request.size()) {
      const auto number = base::parse_int64(request.arg(++i));
      if (!number) {
        return fail(exec::errors::not_integer);
      }
      options.match_len_min = *number;
    } else {
      return fail(exec::errors::syntax);
    }
  }
  if (options.is_idx && options.is_len) {
    return fail("ERR If you want both the length and indexes, please just use IDX.");
  }
  return options;
}

// A stretch that both strings have, as [first, last] of each.
struct Match {
  size_t a_first;
  size_t b_first;
  size_t size;
};

// Walks back from the ends, so the last match is the first one found.
std::vector<Match> find_matches(const LcsTable& table, std::string_view a, std::string_view b) {
  std::vector<Match> matches;
  bool is_open = false;  // does the next equal pair lengthen the last match?
  for (size_t i = a.size(), j = b.size(); i > 0 && j > 0;) {
    if (a[i - 1] == b[j - 1]) {
      --i;
      --j;
      if (is_open) {
        matches.back() = {i, j, matches.back().size + 1};
      } else {
        matches.push_back({i, j, 1});
      }
      is_open = true;
      continue;
    }
    (table.is_from_above(i, j) ? i : j) -= 1;
    is_open = false;
  }
  return matches;
}

void reply_range(resp::Reply& reply, size_t first, size_t size) {
  reply.array(2);
  reply.integer(static_cast<int64_t>(first));
  reply.integer(static_cast<int64_t>(first + size - 1));
}

void reply_matches(const LcsOptions& options, std::vector<Match> matches, size_t length,
                   resp::Reply& reply) {
  std::erase_if(matches, [&](const Match& match) {
    return static_cast<int64_t>(match.size) < options.match_len_min;
  });
  reply.map(2);
  reply.bulk("matches");
  reply.array(matches.size());
  for (const Match& match : matches) {
    reply.array(options.has_match_len ? 3 : 2);
    reply_range(reply, match.a_first, match.size);
    reply_range(reply, match.b_first, match.size);
    if (options.has_match_len) {
      reply.integer(static_cast<int64_t>(match.size));
    }
  }
  reply.bulk("len");
  reply.integer(static_cast<int64_t>(length));
}

// The limits are Redis's, whose table takes four bytes for each pair of bytes.
Status check_sizes(const store::Shard& shard, size_t a, size_t b) {
  constexpr size_t kSizeMax = std::numeric_limits<uint32_t>::max() - 1;
  if (a >= kSizeMax || b >= kSizeMax) {
    return fail("ERR String too long for LCS");
  }
  size_t bytes = 0;
  if (__builtin_mul_overflow(a + 1, (b + 1) * sizeof(uint32_t), &bytes) ||
      bytes > shard.options().string_max) {
    return fail("ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len");
  }
  return {};
}

Status lcs_read(exec::Request& request, store::Shard& shard, Carry& carry) {
  store::Keyspace& db = shard.db(request.db);
  for (const exec::KeyRef& ref : request.keys) {
    const store::Entry* entry = db.find(request.key_at(ref));
    if (entry != nullptr && entry->type() != store::Type::string) {
      return fail("ERR The specified keys must contain string values");
    }
    if (entry != nullptr) {
      carry.at(ref.position).entry = store::Entry::clone(*entry, "", store::Entry::kNever);
    }
  }
  return {};
}

std::string_view value_of(Carry& carry, uint32_t position, Scratch& scratch) {
  const store::Entry* entry = carry.at(position).entry;
  return entry == nullptr ? "" : string_bytes(*entry, scratch);
}

Status lcs(exec::Request& request, store::Shard& shard, Carry& carry, resp::Reply& reply) {
  if (request.keys[0].position != 1) {
    return {};  // the core of the first key answers
  }
  GYRE_TRY_LET(options, parse_lcs(request));
  Scratch scratch[2];
  const std::string_view a = value_of(carry, 1, scratch[0]);
  const std::string_view b = value_of(carry, 2, scratch[1]);
  GYRE_TRY(check_sizes(shard, a.size(), b.size()));
  LcsTable table(a, b);
  if (!table.fill(!options.is_len)) {
    return fail("ERR Insufficient memory, failed allocating transient memory for LCS");
  }
  if (options.is_len) {
    reply.integer(static_cast<int64_t>(table.length()));
    return {};
  }
  const std::vector<Match> matches = find_matches(table, a, b);
  if (options.is_idx) {
    reply_matches(options, matches, table.length(), reply);
    return {};
  }
  std::string common;
  common.reserve(table.length());
  for (auto match = matches.rbegin(); match != matches.rend(); ++match) {
    common += a.substr(match->a_first, match->size);
  }
  reply.bulk(common);
  return {};
}

constexpr exec::KeySpec kComparedKeys[] = {{.flags = "RO access", .last = 1}};

constexpr exec::Command kRows[] = {
    {.name = "LCS",
     .since = "7.0.0",
     .group = exec::Group::string,
     .complexity = "O(N*M) where N and M are the sizes of the strings",
     .summary = "Returns the longest common subsequence of two strings.",
     .syntax = "key1 key2 [LEN] [IDX] [MINMATCHLEN min-match-len] [WITHMATCHLEN]",
     .flags = exec::kReadonly,
     .keys = kComparedKeys,
     .shape = exec::gather(lcs_read, lcs)},
};

}  // namespace

extern const exec::Rows string_lcs{kRows};

}  // namespace gyre::commands
