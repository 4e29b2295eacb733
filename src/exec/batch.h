// Batch: the commands of one connection that are parsed, planned and run together.
#pragma once

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "exec/keys.h"
#include "exec/part.h"
#include "exec/request.h"
#include "resp/parser.h"

namespace gyre::exec {

class Engine;
class Session;

// How a request will run.
enum class Route : uint8_t {
  empty,    // no arguments: nothing to do, nothing to answer
  bad,      // no such command, wrong arity: an error to encode
  local,    // here, without waiting (unless its key is locked)
  remote,   // one key or one core, elsewhere
  several,  // keys on several cores
  wait,     // its handler suspends
  block,    // may wait for a key that is not here
};

// Owned by an engine's pool; one connection uses it from parsing to the last reply.
class Batch {
 public:
  static constexpr size_t kMax = 64;
  // Memory is asked for in groups of so many commands: first their table slots, a group later
  // their entries. Close to each other in the code, the walks of the page table that most of these
  // requests begin with run side by side in the processor.
  static constexpr size_t kWarmGroup = 8;

  explicit Batch(Engine& engine) : engine_(engine) {}
  Batch(const Batch&) = delete;
  Batch& operator=(const Batch&) = delete;

  // Before parsing: the database that the caller has selected.
  void begin(uint16_t db) { db_ = db; }
  resp::Arguments& arguments() { return arguments_; }
  // After each parsed command, whose arguments begin at `first_view`: looks up the command, finds
  // its owner, and begins to warm the caches for it, so that memory is on its way while the next
  // command is parsed.
  void add(size_t first_view);
  size_t size() const { return size_; }
  bool is_full() const { return size_ == kMax; }

  // After parsing: the requests may run.
  void finish();

  Request& at(size_t index) { return requests_[index]; }
  Route route(size_t index) const { return routes_[index]; }
  // May be one of several requests of a wave.
  bool is_movable(size_t index) const {
    return routes_[index] == Route::remote || (routes_[index] == Route::local && single_[index]);
  }
  // A plain single-key command: may run in any order with its like on other cores.
  bool is_scatterable(size_t index) const {
    return is_movable(index) && requests_[index].keys.size() <= 1;
  }
  // Must be awaited by itself: all but plain commands, and those that may block.
  bool runs_alone(size_t index) const {
    const Route route = routes_[index];
    return route == Route::several || route == Route::wait || route == Route::block ||
           (route == Route::local && requests_[index].command->shape.blocking != nullptr);
  }
  // The part of a core, empty at first use in a wave.
  Part& part(uint16_t core);
  // Sends the parts of a wave off, those of other cores first; join() is over when all are back.
  void start_parts();
  // In the order of the requests of the wave: appends the next one's reply, or passes over it.
  void copy_reply(size_t index, resp::Reply& reply);
  void skip_reply(size_t index);
  // After that: does the reply go on in a rest?
  bool has_rest(size_t index) const { return parts_[requests_[index].core]->is_at_rest(); }
  // Did a part do what is not safe and cannot be for now? Nobody may hear of it.
  bool is_lost() const;
  // It is the caller's from then on.
  Rest* take_rest(size_t index) {
    return std::exchange(parts_[requests_[index].core]->rest, nullptr);
  }
  // When it has come to its end: sends off what its part has not run yet, as start_parts() does.
  void go_on(size_t index);
  // Empties the parts after a wave.
  void reset_parts();
  Join& join() { return join_; }

  // What the requests refer to in [from, from + size) lies at `to` now. Not while parts are out.
  void rebase(const char* from, size_t size, const char* to);

  void clear();

 private:
  const Command* find_command(std::string_view name);
  Route resolve_one(Request& request, bool& is_single);
  Route place_keys(Request& request);
  bool has_local_key(size_t index) const {
    return routes_[index] == Route::local && requests_[index].key.name.data() != nullptr;
  }
  void warm_slots(size_t from, size_t to) const;
  void warm_entries(size_t from, size_t to) const;

  Engine& engine_;
  resp::Arguments arguments_;
  size_t size_ = 0;
  uint16_t db_ = 0;
  uint32_t firsts_[kMax];
  Request requests_[kMax];
  Route routes_[kMax];
  bool single_[kMax];
  std::string_view last_name_;  // of a command in this batch, as it was sent
  const Command* last_command_ = nullptr;
  std::vector<KeyRef> keys_;            // of the requests that may have several, in their order
  std::vector<KeyPosition> positions_;  // of the request at hand
  std::vector<std::unique_ptr<Part>> parts_;
  std::vector<uint16_t> used_parts_;
  Join join_;
};

// Encodes the error of a request whose route is bad.
void encode_bad(const Request& request, Engine& engine, resp::Reply& reply);

}  // namespace gyre::exec
