#include "persist/lzf.h"

#include <lzf.h>

#include <cstdint>

namespace gyre::persist {

std::string_view lzf_compress(std::string_view text, size_t gain, std::string& out) {
  if (text.size() <= gain || text.size() > UINT32_MAX) {
    return "";
  }
  const size_t room = text.size() - gain;
  if (out.size() < room) {
    out.resize(room);
  }
  return {out.data(), ::lzf_compress(text.data(), static_cast<unsigned>(text.size()), out.data(),
                                     static_cast<unsigned>(room))};
}

bool lzf_decompress(std::string_view compressed, char* out, size_t size) {
  return ::lzf_decompress(compressed.data(), static_cast<unsigned>(compressed.size()), out,
                          static_cast<unsigned>(size)) == size;
}

}  // namespace gyre::persist
