#include "commands/stream/trim_options.h"

#include <algorithm>
#include <utility>

#include "base/number.h"
#include "base/text.h"

namespace gyre::commands {

using data::References;

std::optional<References> parse_references(std::string_view word) {
  if (base::equals_ignore_case(word, "KEEPREF")) {
    return References::keep;
  }
  if (base::equals_ignore_case(word, "DELREF")) {
    return References::drop;
  }
  return base::equals_ignore_case(word, "ACKED") ? std::optional(References::heed) : std::nullopt;
}

namespace {

constexpr Error kBothTrims{
    "ERR syntax error, MAXLEN and MINID options at the same time are not compatible"};

// Reads options up to the id of XADD, or the end of XTRIM.
class OptionParser {
 public:
  OptionParser(const exec::Request& request, bool is_add) : request_(request), is_add_(is_add) {}

  Result<StreamOptions> parse(const data::Limits& limits) {
    for (; at_ < request_.size() && !is_at_id_; ++at_) {
      GYRE_TRY(parse_option());
    }
    if (limit_ != 0 && !options_.has_trim) {
      return fail("ERR syntax error, LIMIT cannot be used without specifying a trimming strategy");
    }
    if (!is_add_ && !options_.has_trim) {
      return fail("ERR syntax error, XTRIM must be called with a trimming strategy");
    }
    if (has_limit_ && !options_.trim.whole_blocks) {
      return fail("ERR syntax error, LIMIT cannot be used without the special ~ option");
    }
    options_.trim.limit = limit_of(limits);
    options_.fields = at_;
    return options_;
  }

 private:
  bool is(const char* word) const { return base::equals_ignore_case(request_.arg(at_), word); }
  bool has_more() const { return at_ + 1 < request_.size(); }

  Status parse_option() {
    if (is_add_ && request_.arg(at_) == "*") {
      is_at_id_ = true;
      return {};
    }
    if (is("MAXLEN") && has_more()) {
      return parse_length();
    }
    if (is("MINID") && has_more()) {
      return parse_below();
    }
    if (is("LIMIT") && has_more()) {
      return parse_limit();
    }
    if (is_add_ && is("NOMKSTREAM")) {
      options_.may_create = false;
      return {};
    }
    if (const std::optional<References> references = parse_references(request_.arg(at_))) {
      if (has_references_) {
        return fail(exec::errors::syntax);
      }
      has_references_ = true;
      options_.trim.references = *references;
      return {};
    }
    return is_add_ ? parse_id() : fail(exec::errors::syntax);
  }

  // The argument of a strategy, behind "~" or "=" if there is one.
  Result<std::string_view> next_threshold() {
    if (options_.has_trim) {
      return fail(kBothTrims);
    }
    options_.has_trim = true;
    const std::string_view next = request_.arg(++at_);
    if (at_ + 1 < request_.size() && (next == "~" || next == "=")) {
      options_.trim.whole_blocks = next == "~";
      ++at_;
    }
    return request_.arg(at_);
  }
  Status parse_length() {
    GYRE_TRY_LET(text, next_threshold());
    const auto length = base::parse_int64(text);
    if (!length) {
      return fail(exec::errors::not_integer);
    }
    if (*length < 0) {
      return fail("ERR The MAXLEN argument must be >= 0.");
    }
    options_.trim.length = static_cast<uint64_t>(*length);
    return {};
  }
  Status parse_below() {
    GYRE_TRY_LET(text, next_threshold());
    GYRE_TRY_LET(id, parse_stream_id(text, 0));
    options_.trim.below = id;
    return {};
  }
  Status parse_limit() {
    const auto limit = base::parse_int64(request_.arg(++at_));
    if (!limit) {
      return fail(exec::errors::not_integer);
    }
    if (*limit < 0) {
      return fail("ERR The LIMIT argument must be >= 0.");
    }
    has_limit_ = true;
    limit_ = static_cast<uint64_t>(*limit);
    return {};
  }
  Status parse_id() {
    is_at_id_ = true;
    const std::string_view text = request_.arg(at_);
    if (text.ends_with("-*")) {
      options_.kind = StreamOptions::Id::next_in_ms;
      const auto ms = base::parse_uint64(text.substr(0, text.size() - 2));
      if (!ms) {
        return fail(kBadStreamId);
      }
      options_.id.ms = *ms;
      return {};
    }
    options_.kind = StreamOptions::Id::given;
    GYRE_TRY_LET(id, parse_stream_id(text, 0));
    options_.id = id;
    return {};
  }

  // Without "~" there is none; without LIMIT it keeps one command from taking long.
  size_t limit_of(const data::Limits& limits) const {
    if (has_limit_ || !options_.trim.whole_blocks) {
      return limit_ == 0 ? SIZE_MAX : limit_;
    }
    constexpr size_t kBlocks = 100;
    constexpr size_t kEntries = 10'000;
    constexpr size_t kEntriesMax = 1'000'000;
    const size_t in_block = std::min(limits.stream_chunk_entries, kEntriesMax);
    return in_block == 0 ? kEntries : std::min(in_block * kBlocks, kEntriesMax);
  }

  const exec::Request& request_;
  const bool is_add_;
  size_t at_ = 2;
  bool is_at_id_ = false;
  bool has_limit_ = false;
  bool has_references_ = false;
  uint64_t limit_ = 0;
  StreamOptions options_;
};

}  // namespace

Result<StreamOptions> parse_add_options(const exec::Request& request, const store::Shard& shard) {
  return OptionParser(request, true).parse(shard.options().limits);
}

Result<StreamOptions> parse_trim_options(const exec::Request& request, const store::Shard& shard) {
  return OptionParser(request, false).parse(shard.options().limits);
}

size_t trim_stream(store::Shard& shard, data::Stream& stream, const StreamOptions& options) {
  data::Stream rest;
  const size_t removed = stream.trim(options.trim, rest);
  discard_stream(shard, std::move(rest));
  return removed;
}

}  // namespace gyre::commands
