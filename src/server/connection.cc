#include "server/connection.h"

#include <algorithm>
#include <optional>

#include "exec/blocking.h"
#include "exec/engine.h"
#include "exec/several.h"
#include "exec/transaction.h"
#include "server/auth.h"
#include "server/core_server.h"

namespace gyre::server {
namespace {

// A client that sends without reading is not read any further when this much waits for it.
constexpr size_t kOutputPause = 1024 * 1024;
// Commands run in one go before other connections get their turn.
constexpr size_t kCommandsPerTurn = 512;

struct Yield {
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> handle) { ring::Core::current().schedule(handle); }
  void await_resume() const noexcept {}
};

}  // namespace

Connection::Connection(CoreServer& core, Arrival arrival)
    : core_(core), arrival_(std::move(arrival)), output_(core.engine().chunks()) {
  id = arrival_.id;
  home = core.core().id();
  peer = arrival_.peer;
  authenticated = core.config().requirepass.empty();
  is_watched = core.monitors().is_on();
  update_care();
  created_ms = active_ms = core.core().unix_ms();
}

Connection::~Connection() {
  core_.forget(*this);
  release_slice();
  empty_queue();
}

void Connection::start() {
  core_.core().reactor().open(*this, arrival_.fd, arrival_.is_unix);
  core_.core().reactor().receive(*this);
  is_serving_ = true;
  core_.scope().spawn(&Connection::serve, this);
}

// ---- Waiting ----

bool Connection::is_over(Waiting reason) const {
  if (reason == Waiting::unpause) {
    // What a client sent before it left still runs after the pause: its end must not end the wait.
    return is_closing() || closing_gently_ || !core_.is_pausing();
  }
  if (reason == Waiting::room) {
    return is_closing() || closing_gently_ || output_.total_bytes() < kOutputPause / 2;
  }
  if (reason == Waiting::safety) {
    return is_closing() || closing_gently_ || !is_held();
  }
  if (ended_ || closing_gently_) {
    return true;
  }
  switch (reason) {
    case Waiting::input:
      return slice_left() > 0 || queued_ > 0 || !later_.empty();
    case Waiting::drain:
      return output_.total_bytes() < kOutputPause / 2;
    case Waiting::room:
    case Waiting::unpause:
    case Waiting::safety:
    case Waiting::nothing:
      return true;
  }
  return true;
}

void Connection::wake() {
  if (waiting_ != Waiting::nothing && is_over(waiting_)) {
    waiting_ = Waiting::nothing;
    core_.core().schedule(waiter_);
  }
}

// ---- The loop ----

ring::Task<> Connection::serve(Connection* self) {
  Connection& c = *self;
  exec::Engine& engine = c.core_.engine();
  size_t ran = 0;
  bool has_more = false;
  for (;;) {
    if (!has_more) {
      co_await c.wait_for(Waiting::input);
    }
    const bool has_input = has_more || c.slice_left() > 0 || c.waiting_bytes() > 0;
    if (c.is_closing() || c.closing_gently_ || (c.ended_ && !has_input)) {
      break;
    }
    co_await c.wait_for(Waiting::safety);
    c.busy_ = true;
    exec::Batch& batch = engine.take_batch();
    batch.begin(c.db);
    const bool is_valid = c.read_commands(batch);
    batch.finish();
    size_t at = 0;
    while (at < batch.size() && !c.is_closing() && !c.closing_gently_) {
      at = c.run_local(batch, at);
      if (exec::Rest* rest = engine.take_rest(); rest != nullptr) [[unlikely]] {
        c.is_heard_ = true;
        c.let_go_of_slices(batch, true);
        co_await c.run_rest(rest, batch.at(at++));
        continue;
      }
      if (at == batch.size() || c.closing_gently_ || c.is_closing()) {
        break;
      }
      c.let_go_of_slices(batch, c.held_ || batch.at(at).command->has(exec::kBlocking));
      if (std::exchange(c.held_, false)) {
        co_await c.wait_for(Waiting::unpause);
        continue;
      }
      if (batch.runs_alone(at)) {
        co_await c.run_alone(batch, at++);
      } else {
        const size_t end = c.start_wave(batch, at);
        const KeepPushes keep(c);
        co_await batch.join().wait();
        at = c.finish_wave(batch, at, end);
        if (at < end) [[unlikely]] {
          co_await c.run_wave(batch, at, end);
          at = end;
        }
        batch.reset_parts();
      }
    }
    const size_t count = batch.size();
    ran += count;
    c.end_batch(batch);
    if (!is_valid) {
      c.end_with_error();
      break;
    }
    has_more = c.settle(count > 0) || (!c.input_.empty() && count > 0);
    c.check_input();
    if (c.output_.total_bytes() > kOutputPause) {
      c.keep_slices();  // the wait may be long, and receive buffers are few
      co_await c.wait_for(Waiting::drain);
    }
    const bool has_had_its_turn = ran >= kCommandsPerTurn;
    if (has_more && has_had_its_turn) {
      co_await Yield{};  // what is at hand is gone on with, but others come in between
    }
    ran = !has_more || has_had_its_turn ? 0 : ran;
  }
  c.end_serving();
}

void Connection::end_batch(exec::Batch& batch) {
  if (transaction != nullptr) [[unlikely]] {
    transaction->own();
  }
  core_.engine().give_back(batch);
  busy_ = false;
}

// The client has violated the protocol.
void Connection::end_with_error() {
  resp::Reply reply(output_, resp3);
  output_.begin(reply);
  reply.error(Error{("ERR " + parser_.error()).c_str()});
  output_.finish(reply);
  mark_dirty();
  closing_gently_ = true;
}

// Nothing of the connection may be touched after this.
void Connection::end_serving() {
  is_serving_ = false;
  if (is_closed_) {
    core_.remove(*this);
  } else if (ended_ && !closing_gently_) {
    // The peer has closed its side; what it is still owed goes out first.
    closing_gently_ = true;
    mark_dirty();
  } else if (!is_closing()) {
    mark_dirty();
  }
}

// Runs requests from `at` on until one has to wait for another core; returns its index, or the
// size.
size_t Connection::run_local(exec::Batch& batch, size_t at) {
  active_ms = core_.core().unix_ms();
  resp::Reply reply(output_, resp3);
  output_.begin(reply);
  core_.engine().start_clock(true);
  for (; at < batch.size() && !closing_gently_ && !is_closing(); ++at) {
    exec::Request& request = batch.at(at);
    claim(request);
    const bool has_run = run_one(request, batch.route(at), reply);
    if (!has_run) {
      break;
    }
    if (kept_ != nullptr) [[unlikely]] {
      output_.finish(reply);
      send_kept();
      output_.begin(reply);
    }
    reply.set_resp3(resp3);
  }
  core_.engine().stop_clock();
  output_.finish(reply);
  mark_dirty();
  check_output();
  return at;
}

// False if the request cannot run here and now, or its reply has a rest.
bool Connection::run_one(exec::Request& request, exec::Route route, resp::Reply& reply) {
  if (route == exec::Route::empty) {
    return true;
  }
  if (route == exec::Route::bad || must_authenticate(*this, core_.config())) [[unlikely]] {
    if (route == exec::Route::bad || !request.command->has(exec::kNoAuth)) {
      refuse(request, route, reply);
      return true;
    }
  }
  const exec::Command& command = *request.command;
  if (is_bound && may_not_run(command)) [[unlikely]] {
    refuse(request, route, reply);
    return true;
  }
  if (core_.is_refusing() && core_.refusal_of(command) != nullptr) [[unlikely]] {
    refuse(request, route, reply);
    return true;
  }
  if (core_.is_pausing() && is_paused_for(command)) [[unlikely]] {
    held_ = true;
    return false;
  }
  if (transaction != nullptr && transaction->is_open() && !command.has(exec::kUnqueued)) {
    queue_or_refuse(request, route, reply);
    return true;
  }
  if (command.shape.attempt != nullptr && !reply_off && !reply_skip_next) {
    if (!core_.engine().run_attempt(request, reply)) {
      return false;
    }
    count_command(command);
    if (is_unusual) [[unlikely]] {
      note_run(request);
    }
    return true;
  }
  if (route != exec::Route::local || core_.engine().is_blocked(request)) {
    return false;
  }
  if (command.shape.blocking != nullptr && command.shape.blocking->timeout_ms(request)) {
    if (reply_off || reply_skip_next || !core_.engine().run_or_block(request, reply)) {
      return false;
    }
    count_command(command);
    if (is_unusual) [[unlikely]] {
      note_run(request);
    }
    return true;
  }
  count_command(command);
  if (is_unusual) [[unlikely]] {
    return run_unusual(request, reply);
  }
  return core_.engine().run_next(request, reply);
}

void Connection::count_command(const exec::Command& command) {
  last_command = &command;
  ++commands;
  ++core_.stats().commands;
}

// EXEC waits for the end of a pause if what it would run does.
bool Connection::is_paused_for(const exec::Command& command) const {
  return core_.is_paused_for(command) ||
         (command.name == "EXEC" && transaction != nullptr && transaction->writes());
}

// Sends the requests from `at` on to their cores: a run of plain single-key commands all at once;
// in a strict pipeline, or with several keys, only those of one core. Returns where the next wave
// begins.
size_t Connection::start_wave(exec::Batch& batch, size_t at) {
  const bool is_strict = core_.config().pipeline_order == PipelineOrder::strict;
  bool is_free = !is_strict;
  bool has_one_core = true;
  const auto fits = [&](size_t next) {
    const bool is_next_here = has_one_core && batch.at(next).core == batch.at(at).core;
    return batch.is_movable(at) && batch.is_movable(next) &&
           (is_next_here || (is_free && batch.is_scatterable(next))) &&
           !core_.is_paused_for(*batch.at(next).command);
  };
  size_t end = at;
  do {
    is_free &= batch.is_scatterable(end);
    has_one_core &= batch.at(end).core == batch.at(at).core;
    exec::Request& request = batch.at(end);
    claim(request);
    count_command(*request.command);
    if (is_unusual) [[unlikely]] {
      note_run(request);
    }
    batch.part(request.core).indexes.push_back(static_cast<uint16_t>(end));
    ++end;
  } while (end < batch.size() && fits(end));
  batch.start_parts();
  return end;
}

// Takes the replies from `at` on; returns the index of one that has a rest, or the end.
size_t Connection::finish_wave(exec::Batch& batch, size_t at, size_t end) {
  if (batch.is_lost()) [[unlikely]] {
    close_now();
  }
  resp::Reply reply(output_, resp3);
  output_.begin(reply);
  for (; at < end; ++at) {
    is_heard_ = !is_closing() && !reply_off && !std::exchange(reply_skip_next, false);
    if (is_heard_) {
      batch.copy_reply(at, reply);
    } else {
      batch.skip_reply(at);
    }
    if (batch.has_rest(at)) [[unlikely]] {
      break;
    }
  }
  output_.finish(reply);
  mark_dirty();
  check_output();
  return at;
}

ring::Task<> Connection::run_alone(exec::Batch& batch, size_t at) {
  exec::Request& request = batch.at(at);
  claim(request);
  count_command(*request.command);
  exec::ReplyBuffer buffer;
  std::optional<KeepPushes> keep;
  std::optional<exec::Showing> showing(std::in_place, *this, request);
  if (!request.command->has(exec::kBlocking)) {
    keep.emplace(*this);
  }
  if (request.command->shape.blocking != nullptr && batch.route(at) != exec::Route::several) {
    if (std::exchange(paused_, false)) {
      core_.core().reactor().receive(*this);  // or its end would be missed while it waits
    }
    if (!co_await exec::run_blocking(core_.engine(), *this, request, buffer)) {
      close_now();
    }
  } else if (batch.route(at) == exec::Route::several) {
    co_await exec::run_several(core_.engine(), request, buffer);
  } else {
    co_await exec::run_waiting(core_.engine(), request, buffer);
  }
  showing.reset();
  if (is_unusual) {
    note_end(request.command);
  }
  answer(buffer);
}

void Connection::answer(exec::ReplyBuffer& buffer) {
  if (is_closing() || reply_off || std::exchange(reply_skip_next, false)) {
    return;
  }
  resp::Reply reply(output_, resp3);
  output_.begin(reply);
  buffer.copy_to(reply, 0, buffer.size());
  output_.finish(reply);
  mark_dirty();
  check_output();
}

}  // namespace gyre::server
