// Fuzzes what RESTORE takes: a payload is refused, or is a value in order that comes back when it
// is dumped and restored again.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/assert.h"
#include "base/heap.h"
#include "persist/dump_payload.h"
#include "store/digest.h"
#include "store/value.h"

namespace {

using namespace gyre;

constexpr size_t kTextMax = size_t{64} << 20;

// The usual ones, and some at which every value soon becomes large.
const data::Limits kLimits[] = {{},
                                {.hash_pack_entries = 1,
                                 .set_ints = 2,
                                 .set_pack_entries = 1,
                                 .sorted_set_pack_entries = 1,
                                 .list_chunk = 2,
                                 .stream_chunk_bytes = 64,
                                 .stream_chunk_entries = 2}};

store::Entry* restore(std::string_view payload, const data::Limits& limits) {
  const auto entry =
      persist::read_payload(payload, "key", store::Entry::kNever,
                            {.limits = limits, .text_max = kTextMax, .checks_sum = false});
  return entry ? *entry : nullptr;
}

std::string digest_of(const store::Entry& entry) {
  store::Digest digest;
  store::mix_value(digest, entry);
  return digest.hex();
}

void check(const store::Entry& entry) {
  if (entry.form() == store::Form::value) {
    store::visit_value(entry, [](const auto& value) { value.check(); });
  }
}

}  // namespace

// The first byte chooses limits and version; the rest is a payload without its footer.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 1) {
    return 0;
  }
  const data::Limits& limits = kLimits[data[0] & 1];
  std::string payload(reinterpret_cast<const char*>(data) + 1, size - 1);
  payload += (data[0] & 2) != 0 ? '\x50' : '\x0c';
  payload.append(9, '\0');
  const int64_t used = base::heap_used;
  store::Entry* entry = restore(payload, limits);
  if (entry != nullptr) {
    check(*entry);
    persist::BlobSink sink;
    persist::write_payload(sink, *entry, (data[0] & 4) != 0);
    store::Entry* again = restore(sink.bytes(), limits);
    GYRE_ASSERT(again != nullptr);
    check(*again);
    GYRE_ASSERT(digest_of(*entry) == digest_of(*again));
    store::Entry::destroy(again);
    store::Entry::destroy(entry);
  }
  GYRE_ASSERT(base::heap_used == used);
  return 0;
}
