#include "persist/aof_writer.h"

#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/assert.h"

namespace gyre::persist {
namespace {

constexpr uint64_t kSyncPeriodMs = 1000;
constexpr size_t kWriteMax = size_t{1} << 30;  // an operation says its size in 32 bits

}  // namespace

AofWriter::AofWriter(ring::Core& core, journal::Journal& journal) : core_(core), journal_(journal) {
  write_.kind = ring::FileOp::Kind::write;
  write_.writer = this;
  write_.done = [](ring::FileOp& op) { static_cast<Op&>(op).writer->wrote(op.result); };
  sync_.kind = ring::FileOp::Kind::fdatasync;
  sync_.writer = this;
  sync_.done = [](ring::FileOp& op) { static_cast<Op&>(op).writer->synced(op.result); };
}

AofWriter::~AofWriter() { close(); }

void AofWriter::close() {
  if (fd_ >= 0) {
    ::close(std::exchange(fd_, -1));
  }
  for (const Offer& offer : offers_) {
    ::close(offer.fd);
  }
  offers_.clear();
  error_ = 0;
  generation_ = 0;
  asked_for_ = wanted_ = 0;
  taken_ = written_ = synced_ = journal_.end();
}

void AofWriter::begin_sync() {
  if (fd_ >= 0 && !is_synced() && !is_syncing_ && error_ == 0) {
    submit_sync();
  }
}

void AofWriter::offer(uint64_t generation, int fd) { offers_.push_back({generation, fd}); }

// Changes over to the file of another generation, if it is there and the present one is through.
bool AofWriter::go_on_to(uint64_t generation) {
  const auto at = std::find_if(offers_.begin(), offers_.end(),
                               [&](const Offer& offer) { return offer.generation == generation; });
  if (at == offers_.end()) {
    if (asked_for_ != generation) {
      asked_for_ = wanted_ = generation;
    }
    return false;
  }
  if (fd_ >= 0 && !is_synced()) {
    if (!is_syncing_) {
      submit_sync();
    }
    return false;
  }
  if (is_syncing_) {
    return false;
  }
  if (fd_ >= 0) {
    ::close(fd_);
  }
  fd_ = at->fd;
  offers_.erase(at);
  std::erase_if(offers_, [&](const Offer& offer) {
    return offer.generation < generation && ::close(offer.fd) == 0;  // nothing came of it
  });
  generation_ = generation;
  offset_ = 0;
  return true;
}

bool AofWriter::restart(uint64_t generation) {
  if (error_ == 0) {
    return true;
  }
  GYRE_ASSERT(is_quiet());
  if (generation_ >= generation) {
    return false;
  }
  if (fd_ >= 0) {
    ::close(std::exchange(fd_, -1));
  }
  error_ = 0;
  generation_ = 0;
  asked_for_ = wanted_ = 0;
  journal_.drop_before(generation);
  taken_ = written_ = synced_ = journal_.safe();
  return true;
}

void AofWriter::set_policy(Fsync policy) {
  policy_ = policy;
  if (fd_ >= 0 && policy == Fsync::always && !is_synced() && !is_syncing_ && error_ == 0) {
    submit_sync();
  }
}

void AofWriter::push() {
  if (!may_push()) {
    return;
  }
  if (policy_ == Fsync::always && !is_synced()) {  // what an easier policy has left
    if (!is_syncing_) {
      submit_sync();
    }
    return;
  }
  const uint64_t generation = journal_.next_generation();
  if (generation != generation_ && !go_on_to(generation)) {
    return;
  }
  const journal::Journal::Stretch stretch = journal_.take();
  data_ = stretch.bytes.data();
  left_ = stretch.bytes.size();
  taken_ = stretch.end;
  is_flushing_ = policy_ == Fsync::always;
  submit_write();
}

void AofWriter::submit_write() {
  is_writing_ = true;
  write_.fd = fd_;
  write_.data = const_cast<char*>(data_);
  write_.size = static_cast<uint32_t>(std::min(left_, kWriteMax));
  write_.offset = offset_;
  write_.flags = is_flushing_ ? RWF_DSYNC : 0;
  core_.reactor().submit(write_);
}

void AofWriter::wrote(int result) {
  if (result == -EINTR || result == -EAGAIN) {
    submit_write();
    return;
  }
  if (result <= 0) {
    is_writing_ = false;
    error_ = result == 0 ? ENOSPC : -result;
    return;
  }
  data_ += result;
  left_ -= static_cast<size_t>(result);
  offset_ += static_cast<uint64_t>(result);
  written_bytes_ += static_cast<uint64_t>(result);
  if (left_ > 0) {
    submit_write();
    return;
  }
  is_writing_ = false;
  written_ = taken_;
  if (is_flushing_) {
    synced_ = written_;
  }
  if (policy_ != Fsync::always || is_synced()) {
    journal_.set_safe(written_);
  } else if (!is_syncing_) {
    submit_sync();
  }
}

void AofWriter::flush() {
  if (fd_ >= 0 && error_ == 0 && !is_syncing_ && !is_synced()) {
    submit_sync();
  }
}

void AofWriter::submit_sync() {
  is_syncing_ = true;
  is_late_ = false;
  syncing_to_ = written_;
  sync_ms_ = core_.now_ms();
  sync_.fd = fd_;
  core_.reactor().submit(sync_);
}

void AofWriter::synced(int result) {
  is_syncing_ = false;
  if (result < 0) {
    error_ = -result;  // what was not flushed is lost for good, and the next flush would not say so
    return;
  }
  synced_ = std::max(synced_, syncing_to_);
  if (policy_ == Fsync::always) {
    journal_.set_safe(std::max(synced_, journal_.safe()));
    if (!is_synced() && !is_writing_) {
      submit_sync();
    }
  }
}

void AofWriter::tick() {
  if (fd_ < 0 || error_ != 0 || policy_ != Fsync::everysec) {
    return;
  }
  const bool is_due = core_.now_ms() - sync_ms_ >= kSyncPeriodMs;
  if (is_syncing_) {
    delayed_ += is_due && !std::exchange(is_late_, true) ? 1 : 0;
  } else if (is_due && !is_synced()) {
    submit_sync();
  }
}

void AofWriter::finish() {
  while (!is_quiet() || (error_ == 0 && journal_.has_stretch())) {
    push();
    if (is_quiet() && wanted_ != 0) {
      return;  // nobody is there any more who would make a file
    }
    core_.reactor().turn(1000);
  }
  if (error_ == 0 && fd_ >= 0 && ::fdatasync(fd_) != 0) {
    error_ = errno;
  }
}

}  // namespace gyre::persist
