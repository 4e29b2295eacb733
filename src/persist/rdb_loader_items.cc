// What is in an RDB file, item by item: what is done with each, and by whom.
#include <fmt/core.h>

#include <cstring>

#include "base/log.h"
#include "base/number.h"
#include "persist/rdb_loader.h"

namespace gyre::persist {

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
  part.group.build(
      exec::Engine::current().shard(), loader.reader_->version(),
      {.goes_on = loader.options_.losses != nullptr, .replaces = loader.options_.replaces});
  part.run = &RdbLoader::done;
  at.post(loader.engine_.core_id(), part);
}

void RdbLoader::done(ring::Message& message, ring::Core& /*home*/) {
  const auto& part = static_cast<Part&>(message);
  if (--part.stretch->open == 0) {
    part.loader->is_idle_.set();
  }
}

}  // namespace gyre::persist
