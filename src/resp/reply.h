// Reply: encodes RESP2 or RESP3 straight into the memory it is sent from.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "base/blob.h"
#include "base/error.h"
#include "base/number.h"
#include "base/small.h"

namespace gyre::resp {

class Reply;

// Where a reply's bytes go. A sink lends the reply a stretch of memory and is asked for more when
// that is full.
class Sink {
 public:
  // Takes what was written so far and lends at least `size` bytes.
  virtual void more(Reply& reply, size_t size) = 0;
  // Sends `bytes`, which lie in the blob's memory, at this point without copying them; takes one
  // new reference if it accepts. Returns false if the sink prefers a copy.
  virtual bool attach(Reply& reply, base::Blob& blob, std::string_view bytes) = 0;

 protected:
  ~Sink() = default;
};

// The blob as an encoded bulk, in the blob's own memory.
std::string_view framed(base::Blob& blob);

// Lengths first, then elements: array(2) is followed by two values. Which protocol is spoken
// decides how null, maps, sets, doubles, booleans and verbatim texts look.
class Reply {
 public:
  // Bulks of this size or more are attached, not copied.
  static constexpr size_t kAttachMin = 4096;

  Reply(Sink& sink, bool is_resp3) : sink_(sink), resp3_(is_resp3) {}
  Reply(const Reply&) = delete;
  Reply& operator=(const Reply&) = delete;

  bool is_resp3() const { return resp3_; }
  void set_resp3(bool on) { resp3_ = on; }

  void ok() { raw("+OK\r\n"); }
  void simple(std::string_view text) { line('+', text); }
  // `error.text()` begins with its code, as in "ERR syntax error".
  void error(Error error) {
    ++errors_;
    line('-', error.text());
  }
  void integer(int64_t value) {
    char* out = reserve(24);
    *out++ = ':';
    out += base::format_int64(out, value);
    at_ = crlf(out);
  }
  void bulk(std::string_view bytes) {
    char* out = reserve(bytes.size() + 32);
    out = length_line(out, '$', bytes.size());
    base::copy_small(out, bytes.data(), bytes.size());
    at_ = crlf(out + bytes.size());
  }
  void bulk(base::Blob& blob);
  void bulk_integer(int64_t value) {
    char digits[24];
    bulk({digits, base::format_int64(digits, value)});
  }
  void null() { resp3_ ? raw("_\r\n") : raw("$-1\r\n"); }
  void null_array() { resp3_ ? raw("_\r\n") : raw("*-1\r\n"); }
  void array(size_t count) { header('*', count); }
  void map(size_t pairs) { resp3_ ? header('%', pairs) : header('*', pairs * 2); }
  void set(size_t count) { header(resp3_ ? '~' : '*', count); }
  void push(size_t count) { header(resp3_ ? '>' : '*', count); }
  void number(double value);
  void boolean(bool value) {
    resp3_ ? raw(value ? "#t\r\n" : "#f\r\n") : raw(value ? ":1\r\n" : ":0\r\n");
  }
  // `kind` is the three letters of RESP3's verbatim string, e.g. "txt".
  void verbatim(std::string_view text, std::string_view kind = "txt");
  // Bytes that are RESP already.
  void raw(std::string_view bytes) {
    if (!bytes.empty()) {
      char* out = reserve(bytes.size());
      std::memcpy(out, bytes.data(), bytes.size());
      at_ = out + bytes.size();
    }
  }

  // The same for bytes in a blob's memory: many of them are attached.
  void raw(base::Blob& blob, std::string_view bytes) {
    if (bytes.size() < kAttachMin || !attach(blob, bytes)) {
      raw(bytes);
    }
  }

  // Errors encoded so far; dispatch counts failed calls with it.
  uint32_t errors() const { return errors_; }

  // For sinks: the memory lent, and how far it is written.
  void lend(char* begin, char* end) {
    passed_ += static_cast<size_t>(at_ - begin_);
    begin_ = at_ = begin;
    end_ = end;
  }
  char* at() const { return at_; }
  // Bytes encoded and attached so far.
  size_t written() const { return passed_ + static_cast<size_t>(at_ - begin_); }
  Sink& sink() { return sink_; }

 private:
  bool attach(base::Blob& blob, std::string_view bytes) {
    const bool is_attached = sink_.attach(*this, blob, bytes);
    passed_ += is_attached ? bytes.size() : 0;
    return is_attached;
  }
  char* reserve(size_t size) {
    if (static_cast<size_t>(end_ - at_) < size) [[unlikely]] {
      sink_.more(*this, size);
    }
    return at_;
  }
  static char* crlf(char* out) {
    out[0] = '\r';
    out[1] = '\n';
    return out + 2;
  }
  static char* length_line(char* out, char type, size_t length) {
    *out++ = type;
    if (length < 10) {
      *out++ = static_cast<char>('0' + length);
    } else if (length < 100) {
      *out++ = static_cast<char>('0' + length / 10);
      *out++ = static_cast<char>('0' + length % 10);
    } else {
      out += base::format_int64(out, static_cast<int64_t>(length));
    }
    return crlf(out);
  }
  void header(char type, size_t count) { at_ = length_line(reserve(32), type, count); }
  void line(char type, std::string_view text);

  char* at_ = nullptr;
  char* end_ = nullptr;
  char* begin_ = nullptr;
  size_t passed_ = 0;  // written to memory that was lent before
  Sink& sink_;
  bool resp3_;
  uint32_t errors_ = 0;
};

}  // namespace gyre::resp
