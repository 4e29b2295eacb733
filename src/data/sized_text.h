// SizedText: bytes with their size in front: one byte below 255, else that byte and four more.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace gyre::data {

struct SizedText {
  // Bytes of the head, and of head and text.
  static size_t head_of(size_t size) { return size < kLong ? 1 : 5; }
  static size_t room_of(size_t size) { return head_of(size) + size; }

  // Returns where the head ends and the text begins.
  static char* write_head(char* out, size_t size) {
    if (size < kLong) {
      *out = static_cast<char>(size);
      return out + 1;
    }
    const auto wide = static_cast<uint32_t>(size);
    *out = static_cast<char>(kLong);
    std::memcpy(out + 1, &wide, sizeof wide);
    return out + 5;
  }
  static char* write(char* out, std::string_view text) {
    out = write_head(out, text.size());
    if (!text.empty()) {
      std::memcpy(out, text.data(), text.size());
    }
    return out + text.size();
  }
  static std::string_view read(const char* at) {
    const auto size = static_cast<uint8_t>(*at);
    if (size < kLong) {
      return {at + 1, size};
    }
    uint32_t wide;
    std::memcpy(&wide, at + 1, sizeof wide);
    return {at + 5, wide};
  }

  // Where what follows a text begins.
  static char* end_of(char* at) {
    const std::string_view text = read(at);
    return at + (text.data() - at) + text.size();
  }

 private:
  static constexpr uint8_t kLong = 255;
};

}  // namespace gyre::data
