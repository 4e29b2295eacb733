#include "persist/replayer.h"

#include "exec/rest.h"
#include "exec/several.h"

namespace gyre::persist {
namespace {

constexpr size_t kNameMax = 64;

bool is_bracket(const exec::Request& request) {
  const std::string_view name = request.command->name;
  return name == "MULTI" || name == "EXEC";
}

}  // namespace

bool Replayer::is_answer_good(const exec::Request& request, std::string_view head) {
  ++commands_;
  if (!head.starts_with('-')) {
    return true;
  }
  ++failed_;
  if (passes_over_) {
    return true;
  }
  error_ = std::string(request.arg(0).substr(0, kNameMax));
  if (request.command == nullptr) {
    kind_ = "Unknown command '" + error_ + "'";
  }
  if (request.size() > 1) {
    error_ += " " + std::string(request.arg(1).substr(0, kNameMax));
  }
  error_ += ": " + std::string(head.substr(1, head.find('\r') - 1));
  return false;
}

size_t Replayer::start_wave(exec::Batch& batch, size_t at) {
  size_t end = at;
  do {
    claim(batch.at(end));
    batch.part(batch.at(end).core).indexes.push_back(static_cast<uint16_t>(end));
    ++end;
  } while (end < batch.size() && batch.is_scatterable(end));
  batch.start_parts();
  return end;
}

bool Replayer::finish_wave(exec::Batch& batch, size_t at, size_t end) {
  bool is_good = true;
  for (; at < end; ++at) {
    exec::ReplyBuffer answer;
    resp::Reply reply(answer, false);
    answer.begin(reply);
    batch.copy_reply(at, reply);
    answer.finish(reply);
    is_good = is_good && is_answer_good(batch.at(at), answer.head());
  }
  batch.reset_parts();
  return is_good;
}

ring::Task<bool> Replayer::run_alone(exec::Batch& batch, size_t at) {
  exec::Request& request = batch.at(at);
  const exec::Route route = batch.route(at);
  if (route == exec::Route::empty) {
    co_return true;
  }
  exec::ReplyBuffer answer;
  if (route == exec::Route::bad) {
    resp::Reply reply(answer, false);
    answer.begin(reply);
    exec::encode_bad(request, engine_, reply);
    answer.finish(reply);
    co_return is_answer_good(request, answer.head());
  }
  claim(request);
  if (is_bracket(request)) {
    co_return true;
  }
  if (route == exec::Route::several || route == exec::Route::block) {
    const exec::AtomicGroup unrecorded;
    co_await exec::run_several(engine_, request, answer, holds_cores ? &unrecorded : nullptr);
  } else if (route == exec::Route::wait) {
    co_await exec::run_waiting(engine_, request, answer);
  } else {
    resp::Reply reply(answer, false);
    answer.begin(reply);
    engine_.run(request, reply);
    answer.finish(reply);
  }
  co_return is_answer_good(request, answer.head());
}

ring::Task<bool> Replayer::run(std::string_view commands) {
  const resp::ParserLimits limits{.bulk_max = UINT32_MAX - 1024, .authenticated = true};
  size_t done = 0;
  bool is_good = true;
  while (is_good && done < commands.size()) {
    exec::Batch& batch = engine_.take_batch();
    batch.begin(db);
    while (!batch.is_full() && done < commands.size()) {
      const size_t first = batch.arguments().views.size();
      size_t consumed = 0;
      const resp::ParseResult result = parser_.next(commands.data() + done, commands.size() - done,
                                                    limits, batch.arguments(), consumed);
      done += consumed;
      if (result != resp::ParseResult::command) {
        error_ = "not a command";
        is_good = false;
        break;
      }
      batch.add(first);
    }
    batch.finish();
    for (size_t at = 0; is_good && at < batch.size();) {
      if (batch.is_movable(at)) {
        const size_t end = start_wave(batch, at);
        co_await batch.join().wait();
        is_good = finish_wave(batch, at, end);
        at = end;
      } else {
        is_good = co_await run_alone(batch, at++);
      }
    }
    engine_.give_back(batch);
  }
  co_return is_good;
}

}  // namespace gyre::persist
