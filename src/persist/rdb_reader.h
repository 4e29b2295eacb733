// RdbReader: takes lengths, strings and numbers in their RDB encoding from bytes that may be
// anything.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "data/element.h"

namespace gyre::persist {

// A string as it is encoded: bytes, compressed bytes, or a number that stands for its digits.
struct RdbString {
  enum class Form : uint8_t { bytes, compressed, number };

  Form form = Form::bytes;
  std::string_view bytes = "";  // as they are encoded
  size_t size = 0;              // of the text they stand for
  int64_t number = 0;
};

// Why a reader has failed: at what is not there or cannot be, or at a collection of nothing.
enum class RdbFault : uint8_t { none, broken, empty };

// What is not there or cannot be fails the reader for good: it answers with nothing from then on,
// so that the code that reads has to ask once, or once a round.
class RdbReader {
 public:
  // The bytes outlive the reader. No string longer than `text_max` is taken.
  RdbReader(std::string_view bytes, size_t text_max) : rest_(bytes), text_max_(text_max) {}

  bool is_ok() const { return fault_ == RdbFault::none; }
  RdbFault fault() const { return fault_; }
  bool is_at_end() const { return rest_.empty(); }
  void fail(RdbFault fault = RdbFault::broken) {
    if (is_ok()) {
      fault_ = fault;
      rest_ = "";
    }
  }

  std::string_view raw(uint64_t size);
  uint8_t byte();
  uint64_t length();
  int64_t time_ms();
  double real();

  RdbString string();
  // The text of a string that is no number, in place or in `scratch`.
  std::string_view unpack(const RdbString& string, std::string& scratch);
  // The same into memory of the text's size. REQUIRES: it is compressed.
  void decompress(const RdbString& string, char* out);
  // A string as an element, which refers to the bytes or to `scratch`.
  data::Element element(std::string& scratch);
  // The text of a string, in place, in `scratch` or in `digits`.
  std::string_view text(std::string& scratch, data::Digits& digits);
  // A string that is a block of bytes.
  std::string_view block(std::string& scratch);

 private:
  uint64_t length_after(uint8_t first);
  RdbString special_string(uint8_t form);

  std::string_view rest_;
  size_t text_max_;
  RdbFault fault_ = RdbFault::none;
};

}  // namespace gyre::persist
