// Request: one command with its arguments, as a handler sees it.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "exec/command.h"
#include "resp/parser.h"
#include "store/table.h"

namespace gyre::exec {

class Session;
class Engine;

// What a request needs besides its handler, as bits; nearly all need nothing.
enum Care : uint8_t {
  kQuiet = 1 << 0,       // the times of use stay as they are (CLIENT NO-TOUCH)
  kNamed = 1 << 1,       // its client does not hear of its own changes (NOLOOP)
  kRemembered = 1 << 2,  // what it reads is noted for its client (CLIENT TRACKING)
};

// A key among the arguments.
struct KeyRef {
  uint32_t position = 0;  // in the arguments
  uint16_t core = 0;      // that owns it
  uint64_t hash = 0;
};

// Views point into memory that the asking core keeps until the reply is there; handlers on other
// cores read it and copy what they store.
struct Request {
  const Command* command = nullptr;
  const std::string_view* argv = nullptr;  // argv[0] is the name
  uint32_t argc = 0;
  uint16_t db = 0;
  uint16_t core = 0;  // where it runs
  bool resp3 = false;
  uint8_t care = 0;  // see Care
  // The first key, for shape owner.
  store::Key key;
  // The keys this core is to handle, for shapes split and gather.
  std::span<const KeyRef> keys;
  // The caller; only shapes here and wait may use it. Its number and its core are known anywhere.
  Session* session = nullptr;
  // Where the arguments come from, if some lie in blobs of their own; null elsewhere.
  resp::Arguments* source = nullptr;

  bool no_touch() const { return (care & kQuiet) != 0; }
  std::string_view arg(size_t index) const { return argv[index]; }
  size_t size() const { return argc; }
  std::span<const std::string_view> args(size_t from = 1) const {
    return {argv + from, argc - from};
  }
  store::Key key_at(const KeyRef& ref) const { return {argv[ref.position], ref.hash}; }

  // Takes over the blob that holds argument `index` and nothing else, if there is one that can be
  // stored as it is; else null. The argument is not to be looked at any more once whoever got the
  // blob may have freed it.
  base::Blob* take_blob(size_t index) const {
    resp::HeldBlob* held = held_blob(index);
    base::Blob* blob = held != nullptr ? held->get() : nullptr;
    const bool is_kept =
        blob != nullptr && blob->size > store::Entry::kInlineMax && !blob->is_shared();
    return is_kept ? held->take() : nullptr;
  }
  // The first bytes of argument `index`, at least HeldBlob::kHead or all; also after take_blob().
  std::string_view head(size_t index) const {
    const resp::HeldBlob* held = held_blob(index);
    return held != nullptr ? held->head() : argv[index];
  }

 private:
  resp::HeldBlob* held_blob(size_t index) const {
    return source == nullptr
               ? nullptr
               : source->find_blob(static_cast<size_t>(argv - source->views.data()) + index);
  }
};

// An error whose text is made on the spot. The text lives in the calling thread until the next
// format_error() there; dispatch encodes it before that. printf's format.
[[gnu::format(printf, 1, 2)]] tl::unexpected<Error> format_error(const char* format, ...);

// Texts that Redis clients know.
namespace errors {
inline constexpr Error syntax{"ERR syntax error"};
inline constexpr Error wrong_type{
    "WRONGTYPE Operation against a key holding the wrong kind of value"};
inline constexpr Error not_integer{"ERR value is not an integer or out of range"};
inline constexpr Error not_float{"ERR value is not a valid float"};
inline constexpr Error no_such_key{"ERR no such key"};
inline constexpr Error out_of_range{"ERR index out of range"};
inline constexpr Error negative{"ERR value is out of range, must be positive"};
inline constexpr Error string_too_long{
    "ERR string exceeds maximum allowed size (proto-max-bulk-len)"};
inline constexpr Error overflow{"ERR increment or decrement would overflow"};
inline constexpr Error db_out_of_range{"ERR DB index is out of range"};
}  // namespace errors

}  // namespace gyre::exec
