// Parser: bytes of a client to commands, resumable at any byte, in place.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/blob.h"

namespace gyre::resp {

struct ParserLimits {
  int64_t bulk_max = 512 * 1024 * 1024;  // proto-max-bulk-len, bytes
  bool authenticated = true;             // false: at most 10 arguments of 16 KiB
};

// An argument that lies in a blob of its own. Who stores it takes the blob over instead of copying
// it; the beginning of its bytes stays, for the slow log. Cores that handle different arguments of
// one command may use theirs at the same time.
class HeldBlob {
 public:
  static constexpr size_t kHead = 128;  // bytes that stay

  HeldBlob(base::Blob* adopted, size_t view) : blob_(adopted), view_(static_cast<uint32_t>(view)) {}

  // The index of the argument in Arguments::views.
  uint32_t view() const { return view_; }
  // The blob with all bytes, null after take().
  base::Blob* get() const { return is_taken_ ? nullptr : blob_.get(); }
  base::Blob* take();
  // At least kHead bytes or all there are; good after take(), whatever became of the blob.
  std::string_view head() const { return blob_.get()->view(); }

 private:
  base::BlobRef blob_;
  uint32_t view_;
  bool is_taken_ = false;
};

// Where a parsed command's arguments go. Views point into the parsed bytes or into `blobs`
// (arguments collected outside the input because they are large, and those of inline commands).
struct Arguments {
  std::vector<std::string_view> views;
  std::vector<HeldBlob> blobs;  // in the order of their views

  // The blob that holds the argument views[view]; null if it lies elsewhere.
  HeldBlob* find_blob(size_t view);

  void clear() {
    views.clear();
    blobs.clear();
  }
};

enum class ParseResult : uint8_t { command, incomplete, error };

// Fast path: a command that lies whole in the given bytes is parsed in one pass that keeps nothing.
// Otherwise the parser remembers how far it came, so that a command of many pieces is still parsed
// in linear time: the caller keeps all bytes from the command's first one (they may move in memory)
// and calls again with more of them. A bulk of kBigBulk bytes or more that is incomplete leaves
// that scheme: its bytes go into a blob that grows with what arrives, never with what was
// announced.
class Parser {
 public:
  static constexpr size_t kInlineMax = 64 * 1024;
  static constexpr int64_t kBigBulk = 64 * 1024;

  // Parses one command from [data, data + size); `data` is the command's first byte whenever no big
  // bulk was begun. Appends its arguments to `out`; `consumed` says how many of the given bytes are
  // done with. An empty command (an empty line, *0) yields `command` with nothing appended. After
  // `incomplete`, consumed is 0 except for bytes that went into a big bulk and for the
  // part of the command before it: the caller drops consumed bytes in every case.
  // After `error` the connection cannot be resynchronised; error() is the text for the client.
  ParseResult next(const char* data, size_t size, const ParserLimits& limits, Arguments& out,
                   size_t& consumed);

  const std::string& error() const { return error_; }
  bool is_midway() const { return midway_; }
  // A big bulk is being collected: its bytes are taken from whatever is given next.
  bool is_collecting() const { return big_ != nullptr; }
  // How many bytes beyond those given are certainly needed (at least 1 when incomplete).
  size_t needed() const { return needed_; }
  // Bytes of memory held for an incomplete command.
  size_t held_bytes() const;
  void reset();

 private:
  struct Partial {
    size_t offset = 0;  // from the command's first byte, when blob is null
    size_t size = 0;
    base::Blob* blob = nullptr;  // owned
  };

  ParseResult parse_inline(const char* data, size_t size, Arguments& out, size_t& consumed);
  ParseResult parse_bulks(const char* data, size_t size, const ParserLimits& limits, Arguments& out,
                          size_t& consumed);
  // Reads the header of the bulk at `at` and moves behind it.
  ParseResult read_header(const char* data, size_t size, const ParserLimits& limits, size_t& at,
                          int64_t& bulk);
  ParseResult suspend(const char* data, size_t size, Arguments& out, size_t first,
                      size_t& consumed);
  ParseResult fill_big(const char* data, size_t size, size_t& used);
  void begin_big(const char* data, size_t size, size_t at, size_t& consumed);
  void deliver(const char* data, Arguments& out);
  ParseResult fail(std::string text);
  ParseResult want(size_t bytes);

  bool midway_ = false;
  int64_t args_left_ = 0;   // bulks still to come, after the multibulk header
  int64_t bulk_left_ = -1;  // size of the bulk whose header was read, or -1
  size_t at_ = 0;           // offset parsed so far
  size_t needed_ = 1;
  base::Blob* big_ = nullptr;  // the big bulk being collected
  int64_t big_size_ = 0;       // its announced size
  std::vector<Partial> partial_;
  std::string error_;

 public:
  Parser() = default;
  Parser(const Parser&) = delete;
  Parser& operator=(const Parser&) = delete;
  ~Parser() { reset(); }
};

}  // namespace gyre::resp
