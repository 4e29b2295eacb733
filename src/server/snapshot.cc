#include "server/snapshot.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/clock.h"
#include "exec/everywhere.h"
#include "persist/file_copy.h"
#include "ring/faults.h"
#include "ring/file.h"
#include "server/every_core.h"
#include "server/memory_usage.h"
#include "server/versions.h"

namespace gyre::server {
namespace {

constexpr uint32_t kFileMode = 0644;

std::string directory_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, std::max<size_t>(slash, 1));
}

}  // namespace

ring::Task<> Snapshot::cut() {
  const exec::Request nobody;
  co_await exec::run_everywhere(
      order_.held != nullptr ? *order_.held : nobody, true,
      [](exec::Engine& at, void* context) {
        auto& self = *static_cast<Snapshot*>(context);
        at.recorder().end_step();
        if (self.order_.is_aof_base) {
          self.begin_generation(at.recorder().journal());
        }
        self.dirty_ += at.shard().stats().dirty;
        const Config& config = CoreServer::current().config();
        CoreServer::current().begin_snapshot(
            {.compresses = config.rdbcompression, .has_crc64 = config.rdbchecksum});
      },
      this);
}

void Snapshot::begin_generation(journal::Journal& journal) {
  if (journal.is_on()) {
    journal.cut();
  } else if (order_.opens != nullptr) {
    CoreServer::current().open_journal(*order_.opens);
  }
  generation_ = journal.generation();
}

ring::Task<> Snapshot::write_part(Trip* trip) {
  CoreServer& at = CoreServer::current();
  persist::SnapshotPart& part = *at.snapshot();
  trip->result = co_await part.write(*trip->of->file_, 0);
  trip->version = part.version();
  trip->keys = part.keys();
  trip->chunks = part.chunks();
  at.end_snapshot();
  trip->run = [](ring::Message& message, ring::Core&) {
    static_cast<Trip&>(message).of->join_.arrived();
  };
  at.core().post(0, *trip);
}

ring::Task<int> Snapshot::write_parts(persist::SnapshotFile& file) {
  file_ = &file;
  trips_ = std::vector<Trip>(server_.core_count());
  join_.expect(trips_.size());
  for (uint16_t core = 0; core < trips_.size(); ++core) {
    trips_[core].of = this;
    trips_[core].core = core;
    trips_[core].run = [](ring::Message& message, ring::Core&) {
      CoreServer::current().scope().spawn(&Snapshot::write_part, &static_cast<Trip&>(message));
    };
    server_.cores().at(0).post(core, trips_[core]);
  }
  co_await join_.wait();
  int result = 0;
  for (const Trip& trip : trips_) {
    result = result == 0 ? trip.result : result;
    version_ = std::max(version_, trip.version);
    keys_ += trip.keys;
    chunks_.insert(chunks_.end(), trip.chunks.begin(), trip.chunks.end());
  }
  co_return result;
}

std::string Snapshot::header() const {
  persist::ChunkSink sink;
  persist::RdbWriter writer(sink, false);
  persist::write_rdb_header(writer, {.version = version_,
                                     .redis_version = kRedisVersion,
                                     .gyre_version = kGyreVersion,
                                     .created_s = created_s_,
                                     .used_memory = 0,
                                     .is_aof_base = order_.is_aof_base});
  return std::string(sink.bytes());
}

ring::Task<int> Snapshot::write_all(int fd, std::string_view bytes, uint64_t offset) {
  while (!bytes.empty()) {
    const int result =
        co_await ring::write_file(fd, bytes.data(), static_cast<uint32_t>(bytes.size()), offset);
    if (result == -EINTR || result == -EAGAIN) {
      continue;
    }
    if (result <= 0) {
      co_return result < 0 ? -result : ENOSPC;
    }
    bytes.remove_prefix(static_cast<size_t>(result));
    offset += static_cast<uint64_t>(result);
  }
  co_return 0;
}

ring::Task<int> Snapshot::write_file(int fd) {
  created_s_ = base::unix_ms() / 1000;
  persist::SnapshotFile file(fd);
  file.claim(header().size());  // the version it names is known at the end
  co_await cut();
  ring::failpoint("snapshot-cut");
  has_cut_ = true;
  if (order_.is_given_up != nullptr && *order_.is_given_up) {
    co_await on_every_core([](CoreServer& at) { at.snapshot()->give_up(); });
  }
  if (const int failed = co_await write_parts(file); failed != 0) {
    co_return failed;
  }
  const bool has_crc64 = server_.config().rdbchecksum;
  const std::string head = header();
  persist::RdbChunk first;
  first.core = persist::RdbChunk::kHeader;
  first.add(head, has_crc64);
  chunks_.push_back(first);
  std::sort(chunks_.begin(), chunks_.end(),
            [](const auto& a, const auto& b) { return a.offset < b.offset; });
  const std::string tail = persist::make_rdb_tail(chunks_, has_crc64);
  size_ = file.end() + tail.size();
  int failed = co_await write_all(fd, head, 0);
  if (failed == 0) {
    failed = co_await write_all(fd, tail, file.end());
  }
  if (failed == 0) {
    failed = -co_await ring::sync_file(fd);
  }
  co_return failed;
}

ring::Task<int> Snapshot::put_in_place(const std::string& temporary) {
  ring::failpoint("snapshot-written");
  if (const int result = co_await ring::rename_file(temporary.c_str(), path_.c_str()); result < 0) {
    co_return -result;
  }
  ring::failpoint("snapshot-renamed");
  co_return co_await persist::sync_directory(directory_of(path_));
}

ring::Task<int> Snapshot::run() {
  const std::string temporary = directory_of(path_) + "/temp-" + std::to_string(getpid()) + ".rdb";
  const int fd =
      co_await ring::open_file(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC, kFileMode);
  if (fd < 0) {
    co_return -fd;
  }
  int failed = co_await write_file(fd);
  co_await ring::close_file(fd);
  if (failed == 0) {
    failed = co_await put_in_place(temporary);
  }
  if (failed != 0) {
    co_await ring::remove_file(temporary.c_str());
  }
  co_return failed;
}

}  // namespace gyre::server
