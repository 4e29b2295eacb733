#include "resp/parser.h"

#include <algorithm>
#include <cstring>

#include "base/number.h"
#include "base/text.h"

namespace gyre::resp {
namespace {

constexpr int64_t kUnauthenticatedArgsMax = 10;
constexpr int64_t kUnauthenticatedBulkMax = 16 * 1024;

// Where a line ends: at the first `mark`, unless there is a NUL before it. Redis looks for it with
// C functions, so a line with a NUL never ends and is cut off at kInlineMax.
const char* find_line_end(const char* data, size_t size, char mark) {
  const auto* found = static_cast<const char*>(std::memchr(data, mark, size));
  if (found == nullptr || std::memchr(data, '\0', static_cast<size_t>(found - data)) != nullptr) {
    return nullptr;
  }
  return found;
}

enum class Line : uint8_t { read, incomplete, bad, too_long };

// Reads "<digits>\r\n" at `at` and moves behind the line; small counts and lengths without the
// general number parser. `begin` is where the line begins. A line is too long by where it ends, not
// by how much of it has arrived, so that pieces of any size are treated alike.
inline Line read_length(const char* data, size_t size, size_t begin, size_t& at, int64_t& value) {
  const char* p = data + at;
  const char* const end = data + size;
  if (end - p >= 4) [[likely]] {
    const unsigned a = static_cast<unsigned char>(p[0]) - unsigned{'0'};
    if (a <= 9) {
      if (p[1] == '\r') {
        value = a;
        at += 3;
        return Line::read;
      }
      const unsigned b = static_cast<unsigned char>(p[1]) - unsigned{'0'};
      if (b <= 9 && p[2] == '\r' && a != 0) {
        value = a * 10 + b;
        at += 4;
        return Line::read;
      }
    }
  }
  const char* line_end = find_line_end(p, static_cast<size_t>(end - p), '\r');
  const size_t length =
      line_end == nullptr ? size - begin : static_cast<size_t>(line_end - data) - begin + 1;
  if (length > Parser::kInlineMax) {
    return Line::too_long;
  }
  if (line_end == nullptr || line_end + 1 >= end) {
    return Line::incomplete;
  }
  const auto number = base::parse_int64({p, static_cast<size_t>(line_end - p)});
  if (!number) {
    return Line::bad;
  }
  value = *number;
  at += static_cast<size_t>(line_end - p) + 2;
  return Line::read;
}

}  // namespace

base::Blob* HeldBlob::take() {
  base::Blob* taken = blob_.take();
  blob_.reset(base::Blob::make(taken->view().substr(0, kHead)));
  is_taken_ = true;
  return taken;
}

HeldBlob* Arguments::find_blob(size_t view) {
  const auto at =
      std::lower_bound(blobs.begin(), blobs.end(), view,
                       [](const HeldBlob& held, size_t index) { return held.view() < index; });
  return at != blobs.end() && at->view() == view ? &*at : nullptr;
}

void Parser::reset() {
  for (Partial& part : partial_) {
    if (part.blob != nullptr) {
      part.blob->unref();
    }
  }
  partial_.clear();
  if (big_ != nullptr) {
    big_->unref();
    big_ = nullptr;
  }
  midway_ = false;
  args_left_ = 0;
  bulk_left_ = -1;
  at_ = 0;
  needed_ = 1;
}

size_t Parser::held_bytes() const {
  size_t held = partial_.capacity() * sizeof(Partial) + (big_ != nullptr ? big_->capacity : 0);
  for (const Partial& part : partial_) {
    held += part.blob != nullptr ? part.blob->capacity : 0;
  }
  return held;
}

ParseResult Parser::fail(std::string text) {
  reset();
  error_ = std::move(text);
  return ParseResult::error;
}

ParseResult Parser::want(size_t bytes) {
  midway_ = true;
  needed_ = std::max<size_t>(bytes, 1);
  return ParseResult::incomplete;
}

ParseResult Parser::next(const char* data, size_t size, const ParserLimits& limits, Arguments& out,
                         size_t& consumed) {
  consumed = 0;
  if (size == 0) {
    return ParseResult::incomplete;
  }
  if (!midway_ || (args_left_ == 0 && big_ == nullptr)) {
    if (data[0] != '*') {
      return parse_inline(data, size, out, consumed);
    }
    // The header is short: reading it again when it came in pieces costs nothing.
    int64_t count = 0;
    size_t at = 1;
    const Line line = read_length(data, size, 0, at, count);
    if (line == Line::incomplete) {
      return want(1);
    }
    if (line == Line::too_long) {
      return fail("Protocol error: too big mbulk count string");
    }
    if (line == Line::bad || count > INT32_MAX) {
      return fail("Protocol error: invalid multibulk length");
    }
    if (count > kUnauthenticatedArgsMax && !limits.authenticated) {
      return fail("Protocol error: unauthenticated multibulk length");
    }
    if (count <= 0) {
      midway_ = false;
      consumed = at;
      return ParseResult::command;
    }
    args_left_ = count;
    bulk_left_ = -1;
    at_ = at;
  }
  return parse_bulks(data, size, limits, out, consumed);
}

ParseResult Parser::read_header(const char* data, size_t size, const ParserLimits& limits,
                                size_t& at, int64_t& bulk) {
  if (at >= size) {
    return ParseResult::incomplete;
  }
  const bool is_bulk = data[at] == '$';
  // Like Redis, look at the line only when all of it is here.
  size_t after = is_bulk ? at + 1 : at;
  int64_t length = 0;
  const Line line = read_length(data, size, at, after, length);
  if (line == Line::incomplete) {
    return ParseResult::incomplete;
  }
  if (line == Line::too_long) {
    return fail("Protocol error: too big bulk count string");
  }
  if (!is_bulk) {
    return fail(std::string("Protocol error: expected '$', got '") + data[at] + "'");
  }
  if (line == Line::bad || length < 0 || length > limits.bulk_max) {
    return fail("Protocol error: invalid bulk length");
  }
  if (length > kUnauthenticatedBulkMax && !limits.authenticated) {
    return fail("Protocol error: unauthenticated bulk length");
  }
  bulk = length;
  at = after;
  return ParseResult::command;
}

ParseResult Parser::parse_bulks(const char* data, size_t size, const ParserLimits& limits,
                                Arguments& out, size_t& consumed) {
  const size_t first = out.views.size();
  const bool fresh = partial_.empty() && big_ == nullptr;
  if (big_ != nullptr) {
    if (fill_big(data, size, consumed) == ParseResult::incomplete) {
      return ParseResult::incomplete;
    }
    --args_left_;
    bulk_left_ = -1;
    at_ = 0;
    // From here on offsets count from the first byte behind the big bulk.
    data += consumed;
    size -= consumed;
  }
  size_t at = at_;
  int64_t left = args_left_;
  int64_t bulk = bulk_left_;
  for (; left > 0; --left) {
    if (bulk < 0) {
      const ParseResult result = read_header(data, size, limits, at, bulk);
      if (result == ParseResult::error) [[unlikely]] {
        out.views.resize(first);
        return result;
      }
      if (result == ParseResult::incomplete) {
        break;
      }
    }
    if (size - at < static_cast<size_t>(bulk) + 2) {
      break;
    }
    if (fresh) [[likely]] {
      out.views.emplace_back(data + at, static_cast<size_t>(bulk));
    } else {
      partial_.push_back({.offset = at, .size = static_cast<size_t>(bulk)});
    }
    at += static_cast<size_t>(bulk) + 2;
    bulk = -1;
  }
  at_ = at;
  args_left_ = left;
  bulk_left_ = bulk;
  if (left > 0) {
    return suspend(data, size, out, first, consumed);
  }
  if (!fresh) {
    deliver(data, out);
  }
  midway_ = false;
  consumed += at;
  return ParseResult::command;
}

// What was found so far becomes partial state, relative to the bytes the caller keeps.
ParseResult Parser::suspend(const char* data, size_t size, Arguments& out, size_t first,
                            size_t& consumed) {
  for (size_t i = first; i < out.views.size(); ++i) {
    partial_.push_back(
        {.offset = static_cast<size_t>(out.views[i].data() - data), .size = out.views[i].size()});
  }
  out.views.resize(first);
  if (bulk_left_ < 0) {
    return want(1);
  }
  const size_t end = at_ + static_cast<size_t>(bulk_left_) + 2;
  if (bulk_left_ >= kBigBulk) {
    begin_big(data, size, at_, consumed);
  }
  return want(end - size);
}

void Parser::begin_big(const char* data, size_t size, size_t at, size_t& consumed) {
  // Everything given is taken over, so that the caller's buffer need not grow with the bulk:
  // earlier arguments are copied out, the bulk's first bytes open the blob.
  for (Partial& part : partial_) {
    if (part.blob == nullptr) {
      part.blob = base::Blob::make({data + part.offset, part.size});
    }
  }
  big_size_ = bulk_left_;
  const size_t have = std::min(size - at, static_cast<size_t>(big_size_));
  big_ = base::Blob::make(std::max<size_t>(have, kBigBulk / 2));
  std::memcpy(big_->data(), data + at, have);
  big_->size = have;
  consumed += at + have;
  at_ = 0;
}

ParseResult Parser::fill_big(const char* data, size_t size, size_t& used) {
  const size_t missing = static_cast<size_t>(big_size_) - big_->size;
  const size_t got = std::min(missing, size);
  if (big_->capacity - big_->size < got) {
    const size_t wanted = std::max(big_->size + got, big_->size * 2);
    big_ = base::Blob::resize(big_, std::min(wanted, static_cast<size_t>(big_size_)));
  }
  std::memcpy(big_->data() + big_->size, data, got);
  big_->size += got;
  used = got;
  if (got < missing) {
    return want(missing - got + 2);
  }
  if (size - got < 2) {  // the line end is not here yet; it stays with the caller
    return want(2 - (size - got));
  }
  used += 2;
  partial_.push_back({.offset = 0, .size = big_->size, .blob = big_});
  big_ = nullptr;
  return ParseResult::command;
}

void Parser::deliver(const char* data, Arguments& out) {
  for (Partial& part : partial_) {
    if (part.blob != nullptr) {
      out.blobs.emplace_back(part.blob, out.views.size());
      out.views.push_back(part.blob->view());
    } else {
      out.views.emplace_back(data + part.offset, part.size);
    }
  }
  partial_.clear();
}

ParseResult Parser::parse_inline(const char* data, size_t size, Arguments& out, size_t& consumed) {
  const char* newline = find_line_end(data, size, '\n');
  const size_t line_size = newline == nullptr ? size : static_cast<size_t>(newline - data);
  if (line_size > kInlineMax) {
    return fail("Protocol error: too big inline request");
  }
  if (newline == nullptr) {
    return want(1);
  }
  midway_ = false;
  size_t length = static_cast<size_t>(newline - data);
  consumed = length + 1;
  if (length > 0 && data[length - 1] == '\r') {
    --length;
  }
  auto words = base::split_args({data, length});
  if (!words) {
    return fail("Protocol error: unbalanced quotes in request");
  }
  for (std::string& word : *words) {
    base::Blob* blob = base::Blob::make(word);
    out.blobs.emplace_back(blob, out.views.size());
    out.views.push_back(blob->view());
  }
  return ParseResult::command;
}

}  // namespace gyre::resp
