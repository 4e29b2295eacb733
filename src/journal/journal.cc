#include "journal/journal.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/assert.h"
#include "base/number.h"
#include "journal/batch_line.h"

namespace gyre::journal {
namespace {

constexpr size_t kFirst = 16 * 1024;
// A write that was large once does not keep its memory.
constexpr size_t kKept = 4 * 1024 * 1024;

char* put_length(char* out, char kind, size_t length) {
  *out++ = kind;
  if (length < 10) [[likely]] {
    *out++ = static_cast<char>('0' + length);
  } else {
    out += base::format_uint64(out, length);
  }
  *out++ = '\r';
  *out++ = '\n';
  return out;
}

char* put_bulk(char* out, std::string_view text) {
  out = put_length(out, '$', text.size());
  out = std::copy(text.begin(), text.end(), out);
  *out++ = '\r';
  *out++ = '\n';
  return out;
}

size_t bulk_max(std::string_view text) { return text.size() + base::kIntCharsMax + 5; }

// Is this what stands between a bulk and the next one of `size` bytes?
bool is_header(const char* text, size_t text_size, size_t size) {
  if (text[0] != '\r' || text[1] != '\n' || text[2] != '$' || text[text_size - 2] != '\r' ||
      text[text_size - 1] != '\n') {
    return false;
  }
  const char* const digits = text + 3;
  const size_t count = text_size - 5;
  if (size < 10) {
    return count == 1 && digits[0] == static_cast<char>('0' + size);
  }
  if (size < 100) {
    return count == 2 && digits[0] == static_cast<char>('0' + size / 10) &&
           digits[1] == static_cast<char>('0' + size % 10);
  }
  char expected[base::kIntCharsMax];
  return base::format_uint64(expected, size) == count && std::memcmp(digits, expected, count) == 0;
}

// The command as a client has sent it, from the first byte of its name to the last one of its last
// argument, if it lies there as it would be written here; else empty. The terminators are looked at
// because nobody else does: clients may send anything in their place.
std::string_view whole_of(std::span<const std::string_view> args) {
  constexpr size_t kHeaderMin = 6;
  constexpr size_t kHeaderMax = 15;
  const char* end = args[0].data() + args[0].size();
  for (const std::string_view arg : args.subspan(1)) {
    const auto gap = reinterpret_cast<uintptr_t>(arg.data()) - reinterpret_cast<uintptr_t>(end);
    if (gap < kHeaderMin || gap > kHeaderMax || !is_header(end, gap, arg.size())) {
      return {};
    }
    end = arg.data() + arg.size();
  }
  return {args[0].data(), static_cast<size_t>(end - args[0].data())};
}

}  // namespace

void Journal::start(uint16_t core, const FileNames& names) {
  GYRE_ASSERT(!is_on_);
  is_on_ = true;
  core_ = core;
  names_ = names;
  generation_ = names.first_generation;
  seed_ = names.seed_of(generation_, core_);
  batch_ = 0;
  told_s_ = 0;
  db_ = -1;
  reserve(kBatchLineMax);
  close_batch(0, 1);  // see BatchLine::begins_run()
}

void Journal::stop() {
  is_on_ = is_paused_ = false;
  size_ = batch_begin_ = 0;
  begin_ = safe_ = end_;
  sealed_.clear();
  filling_ = {};
  taken_ = {};
}

void Journal::cut() {
  if (!is_on_) {
    return;
  }
  if (size_ > batch_begin_) {
    close_batch(0, 0);
  }
  if (size_ > 0) {
    sealed_.push_back({std::move(filling_), size_, generation_, begin_, end_});
    filling_ = {};
    size_ = batch_begin_ = 0;
  }
  begin_ = end_;
  seed_ = names_.seed_of(++generation_, core_);
  batch_ = 0;
  told_s_ = 0;
  db_ = -1;
}

char* Journal::reserve(size_t size) {
  if (filling_.capacity - size_ < size) {
    const size_t capacity = std::max({filling_.capacity * 2, size_ + size, kFirst});
    auto bytes = std::make_unique_for_overwrite<char[]>(capacity);
    if (size_ > 0) {
      std::memcpy(bytes.get(), filling_.bytes.get(), size_);
    }
    filling_ = {std::move(bytes), capacity};
  }
  return filling_.bytes.get() + size_;
}

// Only at the begin of a batch, where a file can be cut.
void Journal::put_time() {
  told_s_ = time_s_;
  if (time_s_ == 0) {
    return;
  }
  char* const begin = reserve(kTimeMark.size() + base::kIntCharsMax + 2);
  char* out = std::copy(kTimeMark.begin(), kTimeMark.end(), begin);
  out += base::format_uint64(out, static_cast<uint64_t>(time_s_));
  *out++ = '\r';
  *out++ = '\n';
  size_ += static_cast<size_t>(out - begin);
  end_ += static_cast<size_t>(out - begin);
}

void Journal::append(uint16_t db, std::span<const std::string_view> args) {
  constexpr size_t kSelectMax = 64;
  if (told_s_ != time_s_ && size_ == batch_begin_) [[unlikely]] {
    put_time();
  }
  const std::string_view whole = whole_of(args);
  size_t wanted = kSelectMax + base::kIntCharsMax + 3;
  if (!whole.empty()) [[likely]] {
    wanted += bulk_max(whole);
  } else {
    for (const std::string_view arg : args) {
      wanted += bulk_max(arg);
    }
  }
  char* const begin = reserve(wanted + kBatchLineMax);
  char* out = begin;
  if (db_ != db) {
    char digits[base::kIntCharsMax];
    out = put_length(out, '*', 2);
    out = put_bulk(out, "SELECT");
    out = put_bulk(out, {digits, base::format_uint64(digits, db)});
    db_ = db;
  }
  out = put_length(out, '*', args.size());
  if (!whole.empty()) [[likely]] {
    out = put_length(out, '$', args[0].size());
    out = std::copy(whole.begin(), whole.end(), out);
    *out++ = '\r';
    *out++ = '\n';
  } else {
    for (const std::string_view arg : args) {
      out = put_bulk(out, arg);
    }
  }
  size_ += static_cast<size_t>(out - begin);
  end_ += static_cast<size_t>(out - begin);
}

void Journal::begin_part() {
  if (size_ > batch_begin_) {
    close_batch(0, 0);
  }
  db_ = -1;  // parts may be dropped, so each says where it is
}

void Journal::end_part(uint64_t transaction, uint32_t parts) {
  reserve(kBatchLineMax);
  close_batch(transaction, parts);
  db_ = -1;
  ++end_;  // also a part without records has to be written before it is safe
}

void Journal::close_batch(uint64_t transaction, uint32_t parts) {
  char* const begin = filling_.bytes.get() + batch_begin_;
  const std::string_view records(begin, size_ - batch_begin_);
  const BatchLine line{.core = core_,
                       .number = ++batch_,
                       .size = records.size(),
                       .crc = 0,
                       .transaction = transaction,
                       .parts = parts};
  size_ += format_batch_line(filling_.bytes.get() + size_, line, records, seed_);
  batch_begin_ = size_;
  // Who cannot read one batch can read the next: it is about database 0, or says so.
  db_ = db_ == 0 ? 0 : -1;
}

Journal::Stretch Journal::take() {
  if (taken_.capacity > kKept) {
    taken_ = {};
  }
  if (!sealed_.empty()) {
    Sealed sealed = std::move(sealed_.front());
    sealed_.pop_front();
    taken_ = std::move(sealed.memory);
    return {{taken_.bytes.get(), sealed.size}, sealed.generation, sealed.end};
  }
  if (size_ > batch_begin_) {
    close_batch(0, 0);
  }
  std::swap(filling_, taken_);
  batch_begin_ = 0;
  begin_ = end_;
  return {{taken_.bytes.get(), std::exchange(size_, 0)}, generation_, end_};
}

void Journal::drop_before(uint64_t generation) {
  while (!sealed_.empty() && sealed_.front().generation < generation) {
    sealed_.pop_front();
  }
  safe_ = sealed_.empty() ? begin_ : sealed_.front().begin;
}

size_t Journal::size() const {
  size_t bytes = size_;
  for (const Sealed& sealed : sealed_) {
    bytes += sealed.size;
  }
  return bytes;
}

}  // namespace gyre::journal
