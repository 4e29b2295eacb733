// Replayer: runs commands from a file as if a client had sent them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "exec/batch.h"
#include "exec/engine.h"
#include "exec/session.h"
#include "resp/parser.h"
#include "ring/task.h"

namespace gyre::persist {

struct ReplayOptions {
  bool passes_over = false;  // commands that fail are counted, and nothing else
  bool is_holding = false;   // all cores are locked for it (exec::HeldCores)
};

// Commands about one key go to the cores that own the keys, many at a time and in the order of each
// core; all others are waited for. MULTI and EXEC are passed over: nobody else looks meanwhile.
class Replayer final : public exec::Session {
 public:
  Replayer(exec::Engine& engine, const ReplayOptions& options)
      : engine_(engine), passes_over_(options.passes_over) {
    peer = "file";
    holds_cores = options.is_holding;
  }

  // Runs whole commands. False if one of them is no command or fails: error() says which, and why.
  ring::Task<bool> run(std::string_view commands);
  const std::string& error() const { return error_; }
  const std::string& kind_of_error() const { return kind_; }
  uint64_t commands() const { return commands_; }
  uint64_t failed() const { return failed_; }

 private:
  size_t start_wave(exec::Batch& batch, size_t at);
  bool finish_wave(exec::Batch& batch, size_t at, size_t end);
  ring::Task<bool> run_alone(exec::Batch& batch, size_t at);
  bool is_answer_good(const exec::Request& request, std::string_view head);

  exec::Engine& engine_;
  bool passes_over_;
  resp::Parser parser_;
  std::string error_;
  std::string kind_ = "Bad file format";
  uint64_t commands_ = 0;
  uint64_t failed_ = 0;
};

}  // namespace gyre::persist
