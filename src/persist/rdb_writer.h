// RdbWriter: appends lengths, strings and numbers in their RDB encoding to a sink.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "data/element.h"
#include "persist/listpack.h"
#include "persist/sink.h"

namespace gyre::persist {

// Made once for many values, because it keeps the memory in which blocks are put together.
class RdbWriter {
 public:
  // The sink outlives the writer. `compresses`: long strings go through LZF if that makes them
  // shorter.
  RdbWriter(Sink& sink, bool compresses) : sink_(sink), compresses_(compresses) {}
  RdbWriter(const RdbWriter&) = delete;
  RdbWriter& operator=(const RdbWriter&) = delete;

  bool compresses() const { return compresses_; }
  // Bytes that went to the sink so far.
  uint64_t written() const { return sink_.written(); }

  void byte(uint8_t value) {
    const char byte = static_cast<char>(value);
    sink_.write({&byte, 1});
  }
  void raw(std::string_view bytes) { sink_.write(bytes); }
  void length(uint64_t length);
  // What stands in front of the bytes of a string that was compressed.
  void begin_compressed(size_t compressed, size_t size);
  // Eight bytes, least significant first.
  void time_ms(int64_t unix_ms);
  void real(double value);

  // A string, as short as it gets.
  void text(std::string_view text);
  // The same of a number's digits.
  void number(int64_t value);
  void element(const data::Element& element) {
    element.is_number() ? number(element.number()) : bytes(element.bytes());
  }
  // The same of an element that may be the text of a number.
  void field(const data::Element& element) {
    element.is_number() ? number(element.number()) : text(element.bytes());
  }
  // The same of what is known to be no number.
  void bytes(std::string_view text);

  // For blocks that are strings.
  ListpackBuilder& listpack() { return listpack_; }
  std::string& scratch() { return scratch_; }

 private:
  bool small_number(int64_t value);

  Sink& sink_;
  bool compresses_;
  ListpackBuilder listpack_;
  std::string scratch_;
  std::string compressed_;
};

}  // namespace gyre::persist
