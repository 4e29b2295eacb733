// Connection: the loop of one client: bytes in, commands run, replies out.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/intrusive.h"
#include "exec/batch.h"
#include "exec/rest.h"
#include "exec/session.h"
#include "resp/output.h"
#include "resp/parser.h"
#include "ring/core.h"
#include "ring/task.h"
#include "server/config_types.h"

namespace gyre::server {

class CoreServer;

// Where a connection comes from; travels with the socket to the core that will serve it.
struct Arrival {
  int fd = -1;
  uint64_t id = 0;
  bool is_unix = false;
  std::string peer;  // "127.0.0.1:52344", "[::1]:52344", or the path of a unix socket and ":0"
  std::string local;

  // From this machine, whom settings with the value "local" trust.
  bool is_of_this_machine() const;
};

// Lives on one core from accept to close. It goes away when its coroutine has ended and the kernel
// has let go of the socket, whichever comes last.
//
// Bytes arrive as slices of the reactor's memory and are parsed where they are. What a slice leaves
// of an unfinished command is kept in input_; what arrives while commands run waits in queue_, and
// behind that in later_. Neither input_ nor the slice changes while a batch refers to it, but for
// let_go_of_slices(), which moves the batch along; settle() tidies up between batches.
class Connection final : public ring::Stream, public exec::Session, public base::ListHook<> {
 public:
  Connection(CoreServer& core, Arrival arrival);
  ~Connection();

  // Begins to serve.
  void start();
  // Sends what is queued, then closes. No further command runs.
  void close_gently();
  // Closes at once.
  void close_now();

  // Goes on if what it waits for has come.
  void wake();

  // Gives back input memory that nothing is in; called now and then, not after every command.
  void trim();

  // Hands queued replies to the kernel unless a send is under way.
  void flush();
  // Session
  void push(const resp::Frame& frame) override;
  void show(const exec::Request& request) override;
  size_t reply_max() const override;
  void cut() override;
  void lose() override { close_now(); }
  bool is_gone() const override { return ended_ || closing_gently_ || is_closing(); }
  void let_out() override;
  // Queues bytes outside of any command (pushes, messages); flushed at the end of the turn.
  resp::Output& output() { return output_; }
  void mark_dirty(bool is_answer = true);
  // Was it marked because of an answer since the last flush()?
  bool has_answers() const { return has_answers_; }

  CoreServer& core() { return core_; }
  const Arrival& arrival() const { return arrival_; }
  bool is_finished() const { return ended_ || closing_gently_; }
  bool is_busy() const { return busy_; }
  // Replies that rest on writes which are not safe yet wait, and so does the next command.
  bool is_held() const { return held_until_ != 0; }
  // Until let_go(), or until the last of several such numbers is let go.
  void hold(uint64_t number) { held_until_ = number; }
  bool let_go(uint64_t number) {
    if (held_until_ != number) {
      return false;
    }
    held_until_ = 0;
    wake();
    return true;
  }
  const OutputLimit& output_limit() const;
  // Bytes that wait for the client.
  size_t output_bytes() const;
  size_t input_bytes() const;
  size_t input_capacity() const;

  // What CLIENT commands show and set.
  std::string lib_name;
  std::string lib_version;
  int64_t created_ms = 0;  // Unix
  int64_t active_ms = 0;   // Unix, of the last command
  const exec::Command* last_command = nullptr;
  uint64_t commands = 0;
  int64_t over_soft_since_ms = 0;  // when the output passed the soft limit; 0: it has not

 private:
  // Stream
  void received(ring::Slice slice) override;
  void receive_ended(int error) override;
  void sent(int error) override;
  void closed() override;

  enum class Waiting : uint8_t { nothing, input, drain, room, unpause, safety };
  struct Wait {
    Connection& self;
    Waiting reason;
    bool await_ready() const noexcept { return self.is_over(reason); }
    void await_suspend(std::coroutine_handle<> handle) {
      self.waiting_ = reason;
      self.waiter_ = handle;
    }
    void await_resume() const noexcept {}
  };
  Wait wait_for(Waiting reason) { return {*this, reason}; }
  bool is_over(Waiting reason) const;

  static ring::Task<> serve(Connection* self);  // `self` outlives the task
  resp::ParserLimits parser_limits() const;
  bool read_commands(exec::Batch& batch);
  bool read_from_input(exec::Batch& batch, bool& stop);
  bool read_from_slice(exec::Batch& batch, bool& stop);
  bool settle(bool has_progressed);
  void keep_slice();
  void keep_slices();
  void release_slice();
  void let_go_of_slices(exec::Batch& batch, bool may_be_long);
  void empty_queue();
  size_t waiting_bytes() const;
  size_t slice_left() const { return slice_.size - slice_at_; }

  size_t run_local(exec::Batch& batch, size_t at);
  // While it lives, messages wait for the end of a reply that comes in parts, or after a wait.
  struct KeepPushes {
    Connection& of;
    explicit KeepPushes(Connection& connection) : of(connection) { of.keeps_pushes_ = true; }
    KeepPushes(const KeepPushes&) = delete;
    KeepPushes& operator=(const KeepPushes&) = delete;
    ~KeepPushes();
  };
  void send_kept();
  bool keeps_pushes() const;
  bool run_one(exec::Request& request, exec::Route route, resp::Reply& reply);
  void count_command(const exec::Command& command);
  bool is_paused_for(const exec::Command& command) const;
  void refuse(exec::Request& request, exec::Route route, resp::Reply& reply);
  void refuse_bound(exec::Request& request, resp::Reply& reply);
  void run_unheard(exec::Request& request, resp::Reply& reply);
  bool run_unusual(exec::Request& request, resp::Reply& reply);
  void note_run(const exec::Request& request);
  void note_end(const exec::Command* command);
  bool may_not_run(const exec::Command& command) const;
  size_t start_wave(exec::Batch& batch, size_t at);
  size_t finish_wave(exec::Batch& batch, size_t at, size_t end);
  ring::Task<> run_wave(exec::Batch& batch, size_t at, size_t end);  // the batch outlives the task
  ring::Task<> run_alone(exec::Batch& batch, size_t at);             // the batch outlives the task
  ring::Task<> run_rest(exec::Rest* rest, const exec::Request& request);  // likewise
  exec::Rest::Outcome next_part(exec::Rest& rest, bool is_resp3);
  void queue_or_refuse(exec::Request& request, exec::Route route, resp::Reply& reply);
  void answer(exec::ReplyBuffer& buffer);
  void check_output();
  void check_input();
  void cut_off(int64_t bytes);
  void end_batch(exec::Batch& batch);
  void end_with_error();
  void end_serving();

  CoreServer& core_;
  Arrival arrival_;
  resp::Parser parser_;
  resp::Output output_;
  ring::Slice slice_;
  uint32_t slice_at_ = 0;
  std::string own_slice_;  // the bytes of slice_, if they are not in the reactor's memory any more
  bool busy_ = false;      // a batch refers to input_ and slice_
  bool ended_ = false;     // no more bytes will come
  bool closing_gently_ = false;
  bool is_dirty_ = false;
  bool has_answers_ = false;
  uint64_t held_until_ = 0;    // 0: it is not held
  bool is_closed_ = false;     // the kernel has let go
  bool is_serving_ = false;    // the coroutine runs
  bool paused_ = false;        // receiving is paused
  bool is_heard_ = true;       // the reply that goes on in a rest, unlike after CLIENT REPLY SKIP
  bool keeps_pushes_ = false;  // until the reply that is under way is complete
  bool was_pushed_ = false;    // something, since the last flush
  bool held_ = false;          // the next command waits for the end of CLIENT PAUSE
  Waiting waiting_ = Waiting::nothing;
  std::coroutine_handle<> waiter_;
  std::string input_;
  size_t input_at_ = 0;
  size_t topped_up_ = 0;  // bytes of input_ that were copied from the slice for the present command
  // Slices that wait for slice_ to be read; as many as a pipeline of usual size takes.
  static constexpr size_t kQueueMax = 4;
  ring::Slice queue_[kQueueMax];
  uint32_t queued_ = 0;
  std::string later_;
  // Messages that came while a command of this client ran, which wait for its reply; null: none.
  std::unique_ptr<resp::Output> kept_;
};

}  // namespace gyre::server
