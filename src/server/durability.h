// Durability: what all cores do together so that the data outlives the process.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "persist/aof_directory.h"
#include "ring/task.h"
#include "server/data_loading.h"

namespace gyre::server {

class Server;

// Lives on the first core.
class Durability {
 public:
  explicit Durability(Server& server) : server_(server), loading_(server) {}
  Durability(const Durability&) = delete;
  Durability& operator=(const Durability&) = delete;

  // Loads what the configuration says, and begins to write down what changes. False if that cannot
  // be; error() says why.
  ring::Task<bool> start();
  const std::string& error() const { return error_; }

  // The base came from elsewhere, and a rewrite soon would save the next start some time.
  bool needs_base() const { return loading_.has_adopted(); }
  const DataLoading& loading() const { return loading_; }

  // Makes the files of all generations up to this one and offers them to the cores.
  void want_generation(uint64_t generation);

 private:
  ring::Task<bool> open_journals();
  ring::Task<bool> make_generation();
  static ring::Task<> make_generations(Durability* self);  // `self` outlives the task
  ring::Task<> end_loading();

  Server& server_;
  DataLoading loading_;
  std::unique_ptr<persist::AofDirectory> aof_;
  uint64_t made_ = 0;  // the last generation that has files
  uint64_t wanted_ = 0;
  bool is_making_ = false;
  std::string error_;
};

}  // namespace gyre::server
