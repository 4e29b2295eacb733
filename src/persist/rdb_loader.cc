#include "persist/rdb_loader.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/log.h"
#include "base/number.h"

namespace gyre::persist {

RdbLoader::RdbLoader(exec::Engine& engine, std::string path, const RdbLoadOptions& options,
                     LoadProgress& progress)
    : engine_(engine),
      path_(std::move(path)),
      options_(options),
      progress_(progress),
      loaded_before_(progress.loaded_bytes),
      now_ms_(engine.shard().wall_ms()) {
  for (Stretch& stretch : stretches_) {
    stretch.parts = std::vector<Part>(engine.all().count());
    for (Part& part : stretch.parts) {
      part.loader = this;
      part.stretch = &stretch;
    }
  }
}

bool RdbLoader::refuse(const std::string& what) {
  error_ = error_.empty() ? "Cannot load the RDB file " + path_ + ": " + what : error_;
  return false;
}

// What is nearest to the beginning of the file is told: the rest may follow from that.
bool RdbLoader::refuse_at(uint64_t offset, std::string_view what) {
  if (offset >= error_offset_) {
    return false;
  }
  error_offset_ = offset;
  error_ = fmt::format("Bad file format reading the RDB file {} at byte {}", path_, offset);
  if (const RdbChunk* chunk = sums_ ? sums_->chunk_of(offset) : nullptr) {
    error_ += fmt::format(", in chunk {}", chunk - sums_->chunks().data());
    error_ += chunk->core != RdbChunk::kHeader ? fmt::format(" of core {}", chunk->core) : "";
  }
  error_ += ": " + std::string(what);
  return false;
}

ring::Task<bool> RdbLoader::load() {
  bool is_good = co_await open() && co_await read_index();
  if (is_good) {
    reader_ = std::make_unique<RdbFileReader>(window_.size());
    begin_stretch();
    is_good = co_await read_items();
    Stretch& last = *current_;
    co_await finish(stretches_[&last == &stretches_[0] ? 1 : 0]);
    co_await finish(last);
  }
  if (!is_good || !error_.empty() || !check_sums()) {
    co_return false;
  }
  if (functions_ > 0) {
    log::warning("{} holds {} libraries of functions, which are not loaded", path_, functions_);
  }
  log::notice("Done loading RDB, keys loaded: {}, keys expired: {}, empty keys skipped: {}.",
              progress_.keys, progress_.expired, empty_keys_);
  co_return true;
}

ring::Task<bool> RdbLoader::open() {
  if (const int failed = co_await window_.open(path_); failed != 0) {
    co_return refuse(std::strerror(failed));
  }
  co_return true;
}

// What the end of a file of ours says of its chunks.
ring::Task<bool> RdbLoader::read_index() {
  std::vector<RdbChunk> chunks;
  const uint64_t size = window_.size();
  window_.seek(size - std::min<uint64_t>(size, kRdbEndSize));
  std::optional<uint64_t> place;
  for (int round = 0; round < 2; ++round) {
    while (!window_.is_rest()) {
      if (const int failed = co_await window_.read_more(); failed != 0) {
        co_return refuse(std::strerror(failed));
      }
    }
    if (round == 1) {
      auto read = read_rdb_index(window_.view(), *place);
      if (!read) {
        co_return refuse_at(*place, read.error().text());
      }
      chunks = std::move(*read);
      break;
    }
    place = find_rdb_index(window_.view(), size);
    if (!place) {
      break;
    }
    window_.seek(*place);
  }
  window_.seek(0);
  sums_ = std::make_unique<RdbSums>(std::move(chunks), options_.checks_sum);
  co_return true;
}

void RdbLoader::begin_stretch() { current_->offset = window_.offset(); }

ring::Task<bool> RdbLoader::read_items() {
  for (;;) {
    switch (reader_->next(window_.view())) {
      case RdbFileReader::Step::item: {
        const RdbItem& item = reader_->item();
        if (!take(item)) {
          co_return false;
        }
        window_.consume(item.size);
        if (item.kind == RdbItem::Kind::end) {
          send(item.size - 1);
          co_return true;
        }
        break;
      }
      case RdbFileReader::Step::more:
        if (!co_await go_on()) {
          co_return false;
        }
        break;
      case RdbFileReader::Step::damage:
        co_return refuse_at(reader_->damage().offset, reader_->damage().text);
      case RdbFileReader::Step::done:
        co_return true;
    }
  }
}

// The window is at its end, or too small for what is next.
ring::Task<bool> RdbLoader::go_on() {
  if (window_.offset() > current_->offset) {
    send(0);
    current_ = current_ == &stretches_[0] ? &stretches_[1] : &stretches_[0];
    co_await finish(*current_);
    if (!error_.empty()) {
      co_return false;
    }
    window_.change_memory(spare_);
    begin_stretch();
    progress_.log_some(engine_.shard().wall_ms());
  }
  do {
    if (const int failed = co_await window_.read_more(); failed != 0) {
      co_return refuse(std::strerror(failed));
    }
  } while (window_.view().size() < reader_->wanted() && !window_.is_rest());
  co_return true;
}

bool RdbLoader::take(const RdbItem& item) {
  switch (item.kind) {
    case RdbItem::Kind::key:
      take_key(item.key);
      return true;
    case RdbItem::Kind::database:
      return take_database(item);
    case RdbItem::Kind::aux:
      take_aux(item);
      return true;
    case RdbItem::Kind::function:
      ++functions_;
      return true;
    case RdbItem::Kind::module:
      log::warning("{} holds data of the module type '{}', which is not loaded", path_, item.name);
      return true;
    case RdbItem::Kind::end:
      sum_ = item.numbers[0];
      return true;
    case RdbItem::Kind::header:
    case RdbItem::Kind::sizes:
    case RdbItem::Kind::slot:
      return true;
  }
  return true;
}

bool RdbLoader::take_database(const RdbItem& item) {
  const uint16_t databases = engine_.shard().databases();
  return item.numbers[0] < databases ||
         refuse_at(item.offset,
                   fmt::format("keys of database {} follow, but there are {} databases",
                               item.numbers[0], databases));
}

void RdbLoader::take_key(const RdbRecord& record) {
  if (options_.drops_expired && record.is_expired(now_ms_)) {
    ++progress_.expired;
    return;
  }
  current_->parts[engine_.owner_of(record.key)].group.add(record);
}

void RdbLoader::take_aux(const RdbItem& item) {
  const auto number = base::parse_uint64(item.text);
  if (item.name == "redis-ver" || item.name == "valkey-ver") {
    log::notice("Loading RDB produced by version {}", item.text);
  } else if (item.name == "ctime" && number) {
    log::notice("RDB age {} seconds", now_ms_ / 1000 - static_cast<int64_t>(*number));
  } else if (item.name == "used-mem" && number) {
    progress_.used_memory = *number;
    log::notice("RDB memory usage when created {:.2f} Mb",
                static_cast<double>(*number) / (1024 * 1024));
  }
}

// Hands out what was read; of the bytes, so many at the end do not count for the checksum.
void RdbLoader::send(size_t unsummed) {
  Stretch& stretch = *current_;
  const size_t size = window_.offset() - stretch.offset;
  stretch.bytes = {window_.view().data() - size, size};
  if (sums_->is_needed()) {
    stretch.parts.back().summed = stretch.bytes.substr(0, size - unsummed);
  }
  for (uint16_t core = 0; core < stretch.parts.size(); ++core) {
    Part& part = stretch.parts[core];
    if (!part.group.empty() || !part.summed.empty()) {
      ++stretch.open;
      part.run = &RdbLoader::work;
      ring::Core::current().post(core, part);
    }
  }
}

// On the core that the part is for.
void RdbLoader::work(ring::Message& message, ring::Core& at) {
  auto& part = static_cast<Part&>(message);
  RdbLoader& loader = *part.loader;
  if (!part.summed.empty()) {
    loader.sums_->add(part.summed);
  }
  part.group.build(exec::Engine::current().shard(), loader.reader_->version());
  part.run = &RdbLoader::done;
  at.post(loader.engine_.core_id(), part);
}

void RdbLoader::done(ring::Message& message, ring::Core& /*home*/) {
  const auto& part = static_cast<Part&>(message);
  if (--part.stretch->open == 0) {
    part.loader->is_idle_.set();
  }
}

// Waits until nobody looks at the stretch any more.
ring::Task<> RdbLoader::finish(Stretch& stretch) {
  while (stretch.open > 0) {
    is_idle_.reset();
    co_await is_idle_.wait();
  }
  for (Part& part : stretch.parts) {
    const RdbGroup& group = part.group;
    if (!group.problem().empty()) {
      const auto at = static_cast<uint64_t>(group.problem_at() - stretch.bytes.data());
      refuse_at(stretch.offset + at, group.problem());
    }
    empty_keys_ += group.empty_keys();
    progress_.keys += group.size() - group.empty_keys();
    part.group.clear();
    part.summed = "";
  }
  const uint64_t end = stretch.offset + stretch.bytes.size();
  progress_.loaded_bytes = std::max(progress_.loaded_bytes, loaded_before_ + end);
}

bool RdbLoader::check_sums() {
  if (const RdbChunk* chunk = sums_->wrong_chunk()) {
    return refuse_at(chunk->offset,
                     fmt::format("the checksum of its {} bytes is wrong", chunk->size));
  }
  const auto sum = sums_->crc64();
  if (sum && sum_ != 0 && *sum != sum_) {
    return refuse(fmt::format("Wrong RDB checksum expected: ({:x}) but got ({:x})", sum_, *sum));
  }
  return true;
}

}  // namespace gyre::persist
