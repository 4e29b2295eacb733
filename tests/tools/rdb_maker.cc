// gyre-rdb-maker SEED VERSION FILE: writes an RDB file of chunks with keys of all types by chance,
// as a server with several cores does, and prints what DEBUG DIGEST says of them.
//
// No hash of a file of version 10 has fields that expire, so that Redis 7.0 and Valkey read it.
#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "../unit/persist/random_entries.h"
#include "base/number.h"
#include "persist/rdb_chunks.h"
#include "persist/rdb_file_writer.h"

namespace {

using namespace gyre;
using namespace gyre::persist;

constexpr uint32_t kDatabases = 3;

bool can_be_in(const store::Entry& entry, uint16_t version) {
  return version_of(type_of(entry)) <= version;
}

class Maker {
 public:
  Maker(uint64_t seed, uint16_t version) : entries_(seed, 400), version_(version) {}

  std::string make() {
    RdbWriter writer(sink_, entries_.random().below(2) == 0);
    write_rdb_header(writer, {.version = version_,
                              .redis_version = "7.2.4",
                              .gyre_version = "0.0.0",
                              .created_s = 1'700'000'000,
                              .used_memory = 1'000'000});
    write_rdb_sizes(writer, 1, 100, 10);
    end_chunk(0, RdbChunk::kHeader);
    RdbChunkWriter chunk(writer);
    for (uint16_t i = 0; i < 20; ++i) {
      chunk.begin_chunk();
      for (size_t left = 5 + entries_.random().below(50); left > 0; --left) {
        write_key(chunk);
      }
      end_chunk(chunk.keys(), i % 2);
    }
    return std::string(sink_.bytes()) + make_rdb_tail(chunks_, true);
  }

  std::string digest() const {
    store::Digest all;
    for (uint32_t i = 0; i < kDatabases; ++i) {
      if (has_keys_[i]) {
        const char number[4] = {0, 0, 0, static_cast<char>(i)};
        all.mix({number, sizeof number});
        all.merge(digests_[i]);
      }
    }
    return all.hex();
  }

 private:
  void write_key(RdbChunkWriter& chunk) {
    const auto database = static_cast<uint32_t>(entries_.random().below(kDatabases));
    const EntryPtr entry = entries_.make("key " + std::to_string(++keys_) + entries_.text());
    if (!can_be_in(*entry, version_)) {
      return;
    }
    bool is_done = chunk.write(database, *entry);
    while (!is_done) {
      is_done = chunk.write_more();
    }
    digests_[database].add(store::entry_digest(*entry));
    has_keys_[database] = true;
  }

  void end_chunk(uint64_t keys, uint16_t core) {
    RdbChunk chunk{.keys = keys, .core = core};
    if (!chunks_.empty()) {
      chunk.offset = chunks_.back().offset + chunks_.back().size;
    }
    chunk.add(sink_.bytes().substr(chunk.offset), true);
    chunks_.push_back(chunk);
  }

  EntryMaker entries_;
  uint16_t version_;
  BlobSink sink_;
  std::vector<RdbChunk> chunks_;
  uint64_t keys_ = 0;
  store::Digest digests_[kDatabases];
  bool has_keys_[kDatabases] = {};
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fputs("usage: gyre-rdb-maker SEED VERSION FILE\n", stderr);
    return 2;
  }
  Maker maker(base::parse_uint64(argv[1]).value_or(0),
              static_cast<uint16_t>(base::parse_uint64(argv[2]).value_or(10)));
  const std::string bytes = maker.make();
  std::FILE* const file = std::fopen(argv[3], "wb");
  if (file == nullptr || std::fwrite(bytes.data(), 1, bytes.size(), file) != bytes.size() ||
      std::fclose(file) != 0) {
    std::perror(argv[3]);
    return 1;
  }
  std::puts(maker.digest().c_str());
  return 0;
}
