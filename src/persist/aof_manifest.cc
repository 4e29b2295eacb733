#include "persist/aof_manifest.h"

#include <fmt/core.h>

#include <algorithm>
#include <optional>

#include "base/crc.h"
#include "base/number.h"
#include "journal/file_names.h"

namespace gyre::persist {
namespace {

constexpr size_t kLineMax = 1024;

// The last line, a comment to others: CRC32C of all lines before it. Where it is missing, somebody
// else has written the manifest, who knows nothing of cores and generations.
constexpr std::string_view kSumMark = "#GY:";

std::string sum_line(std::string_view text) {
  return fmt::format("{}{:08x}\n", kSumMark, base::crc32c(0, text));
}

std::vector<std::string> words_of(std::string_view line, bool& is_valid) {
  std::vector<std::string> words;
  size_t at = 0;
  while (at < line.size()) {
    if (line[at] == ' ' || line[at] == '\t') {
      ++at;
      continue;
    }
    std::string word;
    if (line[at] == '"') {
      for (++at; at < line.size() && line[at] != '"'; ++at) {
        if (line[at] == '\\' && at + 1 < line.size()) {
          ++at;
        }
        word += line[at];
      }
      is_valid &= at < line.size();
      ++at;
    } else {
      for (; at < line.size() && line[at] != ' ' && line[at] != '\t'; ++at) {
        word += line[at];
      }
    }
    words.push_back(std::move(word));
  }
  return words;
}

std::string quoted(const std::string& name) {
  if (name.find_first_of(" \t\"\\") == std::string::npos) {
    return name;
  }
  std::string text = "\"";
  for (const char c : name) {
    if (c == '"' || c == '\\') {
      text += '\\';
    }
    text += c;
  }
  return text + '"';
}

std::optional<AofFile> parse_line(std::string_view line) {
  bool is_valid = true;
  const std::vector<std::string> words = words_of(line, is_valid);
  if (!is_valid || words.size() < 6 || words.size() % 2 != 0) {
    return std::nullopt;
  }
  AofFile file;
  bool has_type = false;
  bool has_core = false;
  for (size_t i = 0; i < words.size(); i += 2) {
    const std::string& value = words[i + 1];
    const auto number = base::parse_uint64(value);
    if (words[i] == "file") {
      file.name = value;
    } else if (words[i] == "seq" && number && *number > 0) {
      file.number = *number;
    } else if (words[i] == "type" && (value == "b" || value == "h" || value == "i")) {
      file.kind = static_cast<AofFile::Kind>(value[0]);
      has_type = true;
    } else if (words[i] == "core" && number && *number <= UINT16_MAX) {
      file.core = static_cast<uint32_t>(*number);
      has_core = true;
    } else if (words[i] == "generation" && number) {
      file.generation = *number;
      file.is_own = true;
    }
  }
  const bool is_path = file.name.empty() || file.name.find('/') != std::string::npos;
  if (is_path || file.number == 0 || !has_type || has_core != file.is_own) {
    return std::nullopt;
  }
  return file;
}

}  // namespace

uint32_t AofFile::seed() const { return journal::FileNames::seed_of(name); }

std::optional<AofManifest> AofManifest::parse(std::string_view text, std::string& error) {
  AofManifest manifest;
  size_t number = 0;
  uint64_t last = 0;
  bool has_sum = false;
  bool has_own = false;
  const std::string_view whole = text;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    ++number;
    if (!line.empty() && line.back() == '\r') {
      line.remove_suffix(1);
    }
    if (line.starts_with('#')) {
      const auto at = static_cast<size_t>(line.data() - whole.data());
      has_sum |= text.empty() && whole.substr(at) == sum_line(whole.substr(0, at));
      continue;
    }
    std::optional<AofFile> file = line.size() < kLineMax ? parse_line(line) : std::nullopt;
    const auto refuse = [&](const char* what) {
      error = "line " + std::to_string(number) + ": " + what + ": \"" + std::string(line) + "\"";
      return std::nullopt;
    };
    if (!file || end == std::string_view::npos) {
      return refuse("not a line of a manifest, which is \"file NAME seq NUMBER type b|h|i\"");
    }
    if (file->kind == AofFile::Kind::base && manifest.base() != nullptr) {
      return refuse("a second base file");
    }
    if (file->kind == AofFile::Kind::incremental && file->number <= last) {
      return refuse("the numbers of incremental files must grow");
    }
    for (const AofFile& known : manifest.files_) {
      if (known.name == file->name) {
        return refuse("the same file twice");
      }
    }
    last = file->kind == AofFile::Kind::incremental ? file->number : last;
    has_own |= file->is_own;
    manifest.files_.push_back(std::move(*file));
  }
  if (has_own && !has_sum) {
    error = "the checksum at its end is missing or wrong";
    return std::nullopt;
  }
  return manifest;
}

std::string AofManifest::format() const {
  std::string text;
  for (const AofFile& file : files_) {
    text += "file " + quoted(file.name) + " seq " + std::to_string(file.number) + " type " +
            static_cast<char>(file.kind);
    if (file.is_own) {
      text +=
          " core " + std::to_string(file.core) + " generation " + std::to_string(file.generation);
    }
    text += '\n';
  }
  return text + sum_line(text);
}

const AofFile* AofManifest::base() const {
  for (const AofFile& file : files_) {
    if (file.kind == AofFile::Kind::base) {
      return &file;
    }
  }
  return nullptr;
}

std::vector<const AofFile*> AofManifest::incremental() const {
  std::vector<const AofFile*> files;
  for (const AofFile& file : files_) {
    if (file.kind == AofFile::Kind::incremental) {
      files.push_back(&file);
    }
  }
  return files;
}

std::vector<std::string> AofManifest::names() const {
  std::vector<std::string> names;
  for (const AofFile& file : files_) {
    names.push_back(file.name);
  }
  return names;
}

uint64_t AofManifest::last_generation() const {
  uint64_t last = 0;
  for (const AofFile& file : files_) {
    last = std::max(last, file.generation);
  }
  return last;
}

uint64_t AofManifest::last_number(AofFile::Kind kind) const {
  uint64_t last = 0;
  for (const AofFile& file : files_) {
    last = file.kind == kind ? std::max(last, file.number) : last;
  }
  return last;
}

std::vector<AofFile> AofManifest::add_generation(const std::string& prefix, uint16_t cores) {
  const uint64_t generation = last_generation() + 1;
  uint64_t number = last_number(AofFile::Kind::incremental);
  std::vector<AofFile> added;
  for (uint16_t core = 0; core < cores; ++core) {
    AofFile file;
    file.number = ++number;
    file.name = prefix + "." + std::to_string(number) + ".incr.aof";
    file.is_own = true;
    file.core = core;
    file.generation = generation;
    added.push_back(file);
  }
  files_.insert(files_.end(), added.begin(), added.end());
  return added;
}

AofFile AofManifest::next_base(const std::string& prefix, uint64_t last) const {
  AofFile file;
  file.kind = AofFile::Kind::base;
  file.number = std::max(last_number(AofFile::Kind::base), last) + 1;
  file.name = prefix + "." + std::to_string(file.number) + ".base.rdb";
  return file;
}

std::vector<std::string> AofManifest::set_base(const AofFile& base, uint64_t generation) {
  std::vector<std::string> gone;
  std::vector<AofFile> kept{base};
  for (AofFile& file : files_) {
    const bool is_kept =
        file.kind == AofFile::Kind::incremental && file.is_own && file.generation >= generation;
    if (is_kept) {
      kept.push_back(std::move(file));
    } else {
      gone.push_back(file.name);
    }
  }
  files_ = std::move(kept);
  return gone;
}

}  // namespace gyre::persist
