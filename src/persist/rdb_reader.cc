#include "persist/rdb_reader.h"

#include "base/number.h"
#include "persist/little_endian.h"
#include "persist/lzf.h"
#include "persist/rdb.h"

namespace gyre::persist {

std::string_view RdbReader::raw(uint64_t size) {
  if (size > rest_.size()) {
    fail();
    return "";
  }
  const std::string_view bytes = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return bytes;
}

uint8_t RdbReader::byte() {
  const std::string_view bytes = raw(1);
  return bytes.empty() ? 0 : static_cast<uint8_t>(bytes[0]);
}

int64_t RdbReader::time_ms() {
  const std::string_view bytes = raw(sizeof(int64_t));
  return bytes.empty() ? 0 : load<int64_t>(bytes.data());
}

double RdbReader::real() {
  const std::string_view bytes = raw(sizeof(double));
  return bytes.empty() ? 0 : load<double>(bytes.data());
}

uint64_t RdbReader::length() { return length_after(byte()); }

uint64_t RdbReader::length_after(uint8_t first) {
  size_t more = 0;
  if (first >> 6 == kLength14) {
    more = 1;
  } else if (first == kLength32) {
    more = 4;
  } else if (first == kLength64) {
    more = 8;
  } else if (first >> 6 != kLength6) {
    fail();
    return 0;
  }
  uint64_t length = first < kLength32 ? first & 0x3f : 0;
  for (const char next : raw(more)) {
    length = length << 8 | static_cast<uint8_t>(next);
  }
  return length;
}

RdbString RdbReader::string() {
  const uint8_t first = byte();
  if (first >> 6 == kLengthSpecial) {
    return special_string(first & 0x3f);
  }
  const uint64_t size = length_after(first);
  if (size > text_max_) {
    fail();
  }
  const std::string_view bytes = raw(size);
  return {.bytes = bytes, .size = bytes.size()};
}

RdbString RdbReader::special_string(uint8_t form) {
  using Form = RdbString::Form;
  if (form == kCompressed) {
    const uint64_t compressed = length();
    const uint64_t size = length();
    if (size > text_max_ || !lzf_can_be(compressed, size)) {
      fail();
      return {};
    }
    return {.form = Form::compressed, .bytes = raw(compressed), .size = size};
  }
  if (form > kInt32) {
    fail();
    return {};
  }
  const std::string_view bytes = raw(size_t{1} << form);
  if (bytes.empty()) {
    return {};
  }
  return {.form = Form::number, .number = load_signed(bytes.data(), bytes.size())};
}

void RdbReader::decompress(const RdbString& string, char* out) {
  if (!is_ok() || !lzf_decompress(string.bytes, out, string.size)) {
    fail();
  }
}

std::string_view RdbReader::unpack(const RdbString& string, std::string& scratch) {
  if (string.form == RdbString::Form::bytes || !is_ok()) {
    return string.bytes;
  }
  scratch.resize(string.size);
  decompress(string, scratch.data());
  return scratch;
}

data::Element RdbReader::element(std::string& scratch) {
  const RdbString string = this->string();
  if (string.form == RdbString::Form::number) {
    return data::Element(string.number);
  }
  return data::Element::of(unpack(string, scratch));
}

std::string_view RdbReader::text(std::string& scratch, data::Digits& digits) {
  const RdbString string = this->string();
  return string.form == RdbString::Form::number ? data::Element(string.number).text(digits)
                                                : unpack(string, scratch);
}

std::string_view RdbReader::block(std::string& scratch) {
  const RdbString string = this->string();
  if (string.form == RdbString::Form::number) {
    fail();
    return "";
  }
  return unpack(string, scratch);
}

}  // namespace gyre::persist
