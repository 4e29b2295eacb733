// Long replies of a connection: fetched part by part as the client takes them.
#include "exec/engine.h"
#include "exec/part.h"
#include "ring/hop.h"
#include "ring/sleep.h"
#include "server/connection.h"
#include "server/core_server.h"

namespace gyre::server {

using exec::Rest;

// From a reply with a rest on, to the end of the wave.
ring::Task<> Connection::run_wave(exec::Batch& batch, size_t at, size_t end) {
  while (at < end) {
    let_go_of_slices(batch, true);
    co_await run_rest(batch.take_rest(at), batch.at(at));
    batch.go_on(at);
    co_await batch.join().wait();
    at = finish_wave(batch, at + 1, end);
  }
}

// Nobody but this task knows the rest; it is gone when the task has ended.
ring::Task<> Connection::run_rest(Rest* rest, const exec::Request& request) {
  const uint16_t owner = request.core;
  const bool is_resp3 = request.resp3;
  Rest::Outcome outcome = Rest::Outcome::more;
  const KeepPushes keep(*this);
  while (outcome == Rest::Outcome::more) {
    co_await wait_for(Waiting::room);
    if (is_closing() || !is_heard_) {
      co_await ring::hop(owner, [rest](ring::Core&) { rest->drop(); });
      co_return;
    }
    if (owner == core_.core().id()) {
      outcome = next_part(*rest, is_resp3);
    } else {
      exec::ReplyBuffer buffer;
      outcome = co_await ring::hop(owner, [&buffer, rest, is_resp3](ring::Core&) {
        resp::Reply reply(buffer, is_resp3);
        buffer.begin(reply);
        const Rest::Outcome part = rest->next(reply);
        buffer.finish(reply);
        return part;
      });
      answer(buffer);
    }
    if (outcome == Rest::Outcome::cut && !is_closing()) {
      cut_off(output_limit().hard_bytes);
    }
    if (owner == core_.core().id()) {
      co_await ring::next_turn();
    }
  }
}

Rest::Outcome Connection::next_part(Rest& rest, bool is_resp3) {
  resp::Reply reply(output_, is_resp3);
  output_.begin(reply);
  const Rest::Outcome outcome = rest.next(reply);
  output_.finish(reply);
  mark_dirty();
  check_output();
  return outcome;
}

}  // namespace gyre::server
