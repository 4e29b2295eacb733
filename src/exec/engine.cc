#include "exec/engine.h"

#include <cstdarg>
#include <cstdio>
#include <string>
#include <utility>

#include "base/clock.h"
#include "base/crc.h"
#include "exec/batch.h"
#include "exec/rest.h"
#include "exec/session.h"

namespace gyre::exec {
namespace {

constexpr size_t kBatchesKept = 16;

}  // namespace

thread_local Engine* Engine::current_ = nullptr;

Engine::Engine(ring::Core& core, const Engines& all, const store::ShardOptions& options,
               uint64_t seed)
    : core_(core),
      core_id_(core.id()),
      all_(all),
      shard_(core.id(), options, seed),
      announcer_(core, all),
      channels_(core, all, announcer_, push_chunks_, seed),
      tracking_(core, all, announcer_, push_chunks_, seed),
      effects_(shard_, channels_, tracking_),
      unsettled_(core, effects_.recorder.journal()),
      departures_(core, effects_.recorder.journal(), unsettled_),
      stats_(all.commands->ids()),
      slow_log_(core.id(), all.count()) {
  current_ = this;
}

Engine::~Engine() {
  if (current_ == this) {
    current_ = nullptr;
  }
}

uint16_t Engine::owner_of(std::string_view key) const {
  const uint32_t count = all_.count();
  if (count == 1) {
    return 0;
  }
  // Slots map to cores in contiguous ranges.
  return static_cast<uint16_t>(base::key_slot(key) * count / 16384);
}

bool Engine::has_locked_key(const Request& request) const {
  const Shape::Kind kind = request.command->shape.kind;
  if (kind == Shape::Kind::here || kind == Shape::Kind::wait) {
    return false;
  }
  if (request.session != nullptr && request.session->holds_cores) {
    return false;  // its own locks are no hindrance
  }
  const bool write = request.command->is_write();
  if (request.keys.empty()) {
    return locks_.blocks(request.key.hash, write);
  }
  for (const KeyRef& key : request.keys) {
    if (locks_.blocks(key.hash, write)) {
      return true;
    }
  }
  return false;
}

void Engine::want_keys(const Request& request) {
  if (request.keys.empty()) {
    locks_.want(request.key.hash);
  }
  for (const KeyRef& key : request.keys) {
    locks_.want(key.hash);
  }
}

void Engine::start_clock(bool takes_rests) {
  takes_rests_ = takes_rests;
  ticks_ = base::ticks_now();
  run_ = {};
}

// Nanoseconds since it was read last.
uint64_t Engine::read_clock() {
  const uint64_t begin = std::exchange(ticks_, base::ticks_now());
  return base::ticks_to_ns(ticks_ - begin);
}

void Engine::end_run() {
  const Run run = std::exchange(run_, {});
  note_calls(*run.last, read_clock(), run.calls, run.failed);
}

void Engine::run(Request& request, resp::Reply& reply) {
  start_clock();
  GYRE_ASSERT(run_next(request, reply));
  stop_clock();
}

bool Engine::run_attempt(Request& request, resp::Reply& reply) {
  if (run_.calls > 0) {
    end_run();
  }
  const uint64_t begin = ticks_;
  const bool takes_rests = std::exchange(takes_rests_, false);
  const uint32_t errors = reply.errors();
  const Result<bool> done = request.command->shape.attempt(request, reply);
  if (run_.calls > 0) {
    end_run();
  }
  takes_rests_ = takes_rests;
  if (done && !*done) {
    return false;
  }
  if (!done) {
    encode_error(done.error(), reply);
  }
  read_clock();
  note(request, base::ticks_to_ns(ticks_ - begin), reply.errors() != errors);
  return true;
}

bool Engine::run_or_block(Request& request, resp::Reply& reply) {
  if (run_.calls > 0) {
    end_run();
  }
  const uint32_t errors = reply.errors();
  effects_.recorder.begin_command(request);
  may_block_ = true;
  const Status status = run_gather_here(request, reply);
  may_block_ = false;
  if (std::exchange(would_block_, false)) {
    effects_.recorder.end_command(request);
    return false;
  }
  if (!status) {
    encode_error(status.error(), reply);
  }
  effects_.recorder.end_command(request);
  serve_blocked();
  note(request, read_clock(), reply.errors() != errors);
  return true;
}

Status Engine::nothing_yet(const Request& request, resp::Reply& reply) {
  if (may_block_) {
    would_block_ = true;
    return fail(kUnfinished);
  }
  request.command->shape.blocking->null_is_array ? reply.null_array() : reply.null();
  return {};
}

bool Engine::run_next(Request& request, resp::Reply& reply) {
  if (run_.calls > 0 && run_.last->command != request.command) {
    end_run();
  }
  const uint32_t errors = reply.errors();
  const Shape& shape = request.command->shape;
  effects_.recorder.begin_command(request);
  Status status;
  if (shape.kind == Shape::Kind::gather) [[unlikely]] {
    status = run_gather_here(request, reply);
  } else if (request.care != 0) [[unlikely]] {
    status = call_with_care(request, reply);
  } else {
    status = shape.handler(request, shard_, reply);
  }
  if (!status) [[unlikely]] {
    if (rest_ != nullptr) {
      effects_.recorder.end_command(request);
      rest_->add_ns(read_clock());
      return false;
    }
    encode_error(status.error(), reply);
  }
  const bool failed = reply.errors() != errors;
  effects_.recorder.end_command(request);
  serve_blocked();
  if (request.command->is_brief && !slow_log_.is_fine()) {
    run_.last = &request;
    ++run_.calls;
    run_.failed += failed ? 1 : 0;
    return true;
  }
  note(request, read_clock(), failed);
  return true;
}

Status Engine::call_with_care(Request& request, resp::Reply& reply) {
  const Careful careful(*this, request);
  return request.command->shape.handler(request, shard_, reply);
}

void Engine::begin_care(const Request& request) {
  shard_.set_quiet(request.no_touch());
  tracking_.set_author((request.care & kNamed) != 0 ? request.session->id : 0);
}

void Engine::end_care(const Request& request) {
  shard_.set_quiet(false);
  tracking_.set_author(0);
  if ((request.care & kRemembered) == 0 || !request.command->has(kReadonly)) {
    return;
  }
  const Tracker tracker = make_tracker(request.session->id, request.session->home);
  if (request.keys.empty() && request.key.name.data() != nullptr) {
    tracking_.remember(request.key, tracker);
  }
  for (const KeyRef& key : request.keys) {
    if (key.core == core_id_) {
      tracking_.remember(request.key_at(key), tracker);
    }
  }
  effects_.update();
}

void Engine::end_turn() {
  serve_blocked();
  if (tracking_.has_collected()) {
    tracking_.end_turn();
    effects_.update();
  }
}

void Engine::reject(const Request& request, const char* text, resp::Reply& reply) {
  ++stats_.at(request.command->id).rejected;
  stats_.count_error(text);
  reply.error(Error{text});
}

Batch& Engine::take_batch() {
  if (batches_.empty()) {
    return *new Batch(*this);
  }
  Batch* batch = batches_.back().release();
  batches_.pop_back();
  return *batch;
}

void Engine::give_back(Batch& batch) {
  batch.clear();
  if (batches_.size() < kBatchesKept) {
    batches_.emplace_back(&batch);
  } else {
    delete &batch;
  }
}

tl::unexpected<Error> format_error(const char* format, ...) {
  thread_local char usual[1024];
  thread_local std::string longer;  // with names that clients made up
  longer = std::string();
  va_list args;
  va_start(args, format);
  const int size = std::vsnprintf(usual, sizeof usual, format, args);
  va_end(args);
  if (static_cast<size_t>(size) < sizeof usual) [[likely]] {
    return fail(usual);
  }
  longer.resize(static_cast<size_t>(size));
  va_start(args, format);
  std::vsnprintf(longer.data(), longer.size() + 1, format, args);
  va_end(args);
  return fail(longer.c_str());
}

}  // namespace gyre::exec
