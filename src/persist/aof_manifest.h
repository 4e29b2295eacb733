// AofManifest: which files make up the append-only file, in the format of Redis's manifest.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gyre::persist {

// A line is "file <name> seq <number> type b|h|i". Files of this server have "core <number>
// generation <number>" behind that, which others pass over.
struct AofFile {
  enum class Kind : char { base = 'b', history = 'h', incremental = 'i' };

  std::string name;  // in the directory of the manifest
  uint64_t number = 0;
  Kind kind = Kind::incremental;
  bool is_own = false;  // written by this server: it has batch lines
  uint32_t core = 0;
  uint64_t generation = 0;

  // What tells the batches of this file from those of others.
  uint32_t seed() const;
};

class AofManifest {
 public:
  // Nothing, and a sentence in `error`, if the text is no manifest.
  static std::optional<AofManifest> parse(std::string_view text, std::string& error);
  std::string format() const;

  const AofFile* base() const;
  // In the order in which they are loaded.
  std::vector<const AofFile*> incremental() const;
  std::vector<std::string> names() const;
  bool empty() const { return files_.empty(); }

  uint64_t last_generation() const;
  // Of the incremental files that come next.
  uint64_t next_number() const { return last_number(AofFile::Kind::incremental) + 1; }
  // Files for `cores` cores, behind all others, in order of the cores.
  std::vector<AofFile> add_generation(const std::string& prefix, uint16_t cores);
  // A new base: of what came before `generation` nothing is needed any more. Returns the names of
  // those files.
  std::vector<std::string> set_base(const AofFile& base, uint64_t generation);
  // With a number above `last` and that of the present one.
  AofFile next_base(const std::string& prefix, uint64_t last) const;

 private:
  uint64_t last_number(AofFile::Kind kind) const;

  std::vector<AofFile> files_;
};

}  // namespace gyre::persist
