#include "resp/reply.h"

namespace gyre::resp {

void Reply::bulk(base::Blob& blob) {
  if (blob.size < kAttachMin || !attach(blob, framed(blob))) {
    bulk(blob.view());
  }
}

std::string_view framed(base::Blob& blob) {
  char header[base::Blob::kFront];
  header[0] = '$';
  size_t size = 1 + base::format_int64(header + 1, static_cast<int64_t>(blob.size));
  header[size++] = '\r';
  header[size++] = '\n';
  char* const begin = blob.data() - size;
  char* const end = blob.data() + blob.size;
  // Bytes that are right already are left alone: an earlier reply may be on its way with them.
  if (std::memcmp(begin, header, size) != 0) {
    std::memcpy(begin, header, size);
  }
  if (std::memcmp(end, "\r\n", 2) != 0) {
    std::memcpy(end, "\r\n", 2);
  }
  return {begin, size + blob.size + 2};
}

void Reply::number(double value) {
  char text[64];
  const size_t size = base::format_double(text, value);
  if (resp3_) {
    char* out = reserve(size + 3);
    *out++ = ',';
    std::memcpy(out, text, size);
    at_ = crlf(out + size);
  } else {
    bulk({text, size});
  }
}

void Reply::verbatim(std::string_view text, std::string_view kind) {
  if (!resp3_) {
    bulk(text);
    return;
  }
  at_ = length_line(reserve(32), '=', text.size() + 4);
  raw(kind);
  raw(":");
  raw(text);
  raw("\r\n");
}

void Reply::line(char type, std::string_view text) {
  char* out = reserve(text.size() + 3);
  *out++ = type;
  // A line end inside the text would break the protocol.
  for (const char c : text) {
    *out++ = c == '\r' || c == '\n' ? ' ' : c;
  }
  at_ = crlf(out);
}

}  // namespace gyre::resp
