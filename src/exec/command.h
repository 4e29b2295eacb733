// Command: the row that says all there is to know about a command, and the shapes its code can
// have.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/error.h"
#include "resp/reply.h"
#include "ring/task.h"
#include "store/shard.h"

namespace gyre::exec {

struct Request;
class Carry;

// Flags of COMMAND INFO, under Redis's names.
enum Flag : uint32_t {
  kWrite = 1 << 0,
  kReadonly = 1 << 1,
  kDenyoom = 1 << 2,
  kAdmin = 1 << 3,
  kPubsub = 1 << 4,
  kNoscript = 1 << 5,
  kBlocking = 1 << 6,
  kLoading = 1 << 7,
  kStale = 1 << 8,
  kSkipMonitor = 1 << 9,
  kSkipSlowlog = 1 << 10,
  kAsking = 1 << 11,
  kFast = 1 << 12,
  kNoAuth = 1 << 13,
  kMayReplicate = 1 << 14,
  kNoAsyncLoading = 1 << 15,
  kNoMulti = 1 << 16,
  kMovablekeys = 1 << 17,
  kAllowBusy = 1 << 18,
  kNoMandatoryKeys = 1 << 19,
  kProtected = 1 << 20,  // DEBUG and its kin: allowed only by configuration
  kUnqueued = 1 << 21,   // runs between MULTI and EXEC
  // For clients of RESP2 that have subscribed, too.
  kWhileListening = 1 << 22,
  // Answers in messages, which are sent whatever CLIENT REPLY says.
  kPushes = 1 << 23,
};

// Groups of COMMAND DOCS.
enum class Group : uint8_t {
  string,
  generic,
  connection,
  server,
  list,
  set,
  sorted_set,
  hash,
  stream,
  bitmap,
  hyperloglog,
  geo,
  transactions,
  pubsub,
  scripting,
  cluster,
};

// Where a command's keys are among its arguments, as in COMMAND INFO's key specifications.
struct KeySpec {
  enum class Begin : uint8_t { none, index, keyword };
  enum class Find : uint8_t { range, keynum };
  std::string_view flags;       // "RW access update", as Redis prints them, separated by spaces
  std::string_view notes = {};  // what a reader of the flags has to know
  Begin begin = Begin::index;
  int16_t index = 1;              // Begin::index; Begin::keyword: where the search starts
  std::string_view keyword = {};  // Begin::keyword
  // Begin::keyword: of all such keywords of the command in the arguments the last one names a key.
  bool is_last_named = false;
  Find find = Find::range;
  // range: last key relative to the first (negative: from the end of the arguments), step, limit
  int16_t last = 0;
  int16_t step = 1;
  int16_t limit = 0;
  // keynum: positions relative to the beginning
  int16_t keynum_index = 0;
  int16_t first_key = 1;
  // Begin::none: where the key is among the arguments, 0 for nowhere; null: nobody can tell.
  uint32_t (*locate)(std::span<const std::string_view> args) = nullptr;
};

struct Change {
  std::string_view since;
  std::string_view what;
};

// A handler runs to its end on one core and never waits. It answers through `reply` unless it
// returns an error, which dispatch encodes.
using Handler = Status (*)(Request& request, store::Shard& shard, resp::Reply& reply);
// The only code of a command that may suspend; runs on the asking core.
using WaitHandler = ring::Task<Status> (*)(Request& request, resp::Reply& reply);
// What such a command does if all it needs is at hand: true if it has answered, false if it has
// done nothing and must wait. Runs on the asking core.
using TryHandler = Result<bool> (*)(Request& request, resp::Reply& reply);
// gather: `read` runs on every core that owns keys and leaves what the others need in the carry;
// then `write` runs on each of them with the carries of all. Keys stay locked from the first to the
// last.
using GatherRead = Status (*)(Request& request, store::Shard& shard, Carry& carry);
using GatherWrite = Status (*)(Request& request, store::Shard& shard, Carry& carry,
                               resp::Reply& reply);

// How the replies of the parts of a split command become one.
enum class Fold : uint8_t {
  first,   // all parts say the same (MSET)
  sum,     // integers are added (DEL, EXISTS)
  by_key,  // each part is an array with one element per key, put back into the order asked (MGET)
};

struct ParkedKey;

// What the journal takes down of a command that has changed its one key, if its handler says
// nothing else: the command itself, where that is sure to do the same to the same state, or the
// state that it left (which is always right, and long for large values).
enum class Repeat : uint8_t {
  state,
  same,
  plain,  // the same, if it comes with no more arguments than it needs
};

// What is special about a gather command that may wait for one of its keys (exec/blocking.h).
// Handlers answer with Engine::nothing_yet() when there is nothing.
struct Blocking {
  // How long the arguments ask to wait, 0: for ever; empty if they do not, or are wrong.
  std::optional<uint64_t> (*timeout_ms)(const Request& request);
  // Is there something for the request at this key of it, or an error?
  bool (*can_serve)(const Request& request, store::Shard& shard, const store::Key& key);
  // Writes the arguments of a command for one of the keys alone (ParkedKey::argv), as things are
  // now; null: the command waits for its first key, and needs all of them.
  void (*narrow)(const Request& request, store::Shard& shard, ParkedKey& parked) = nullptr;
  bool null_is_array = true;   // the answer where it may not wait
  bool minds_absence = false;  // is to be served, with an error, when the key goes
};

struct Shape {
  enum class Kind : uint8_t { container, owner, split, gather, here, wait };
  Kind kind = Kind::container;
  Fold fold = Fold::first;
  Handler handler = nullptr;
  WaitHandler wait = nullptr;
  TryHandler attempt = nullptr;
  GatherRead read = nullptr;
  GatherWrite write = nullptr;
  bool (*has_unnamed_keys)(const Request& request) = nullptr;
  const Blocking* blocking = nullptr;
};

// On the core that owns the first key (all keys of the command must be that one).
constexpr Shape owner(Handler handler) { return {.kind = Shape::Kind::owner, .handler = handler}; }
// Each core handles its keys (request.keys); the fold merges the replies.
constexpr Shape split(Handler handler, Fold fold) {
  return {.kind = Shape::Kind::split, .fold = fold, .handler = handler};
}
constexpr Shape gather(GatherRead read, GatherWrite write) {
  return {.kind = Shape::Kind::gather, .read = read, .write = write};
}
// The same for a command that may wait until it has something to say.
constexpr Shape gather_or_block(GatherRead read, GatherWrite write, const Blocking& blocking) {
  return {.kind = Shape::Kind::gather, .read = read, .write = write, .blocking = &blocking};
}
// The same for a command that may come upon keys it does not name. A request that does, as
// `has_unnamed_keys` tells, runs as shape wait if there are other cores that may own them.
constexpr Shape gather_or_wait(GatherRead read, GatherWrite write,
                               bool (*has_unnamed_keys)(const Request& request), WaitHandler wait) {
  return {.kind = Shape::Kind::gather,
          .wait = wait,
          .read = read,
          .write = write,
          .has_unnamed_keys = has_unnamed_keys};
}
// On the asking core; no keys.
constexpr Shape here(Handler handler) { return {.kind = Shape::Kind::here, .handler = handler}; }
constexpr Shape wait(WaitHandler handler) { return {.kind = Shape::Kind::wait, .wait = handler}; }
// The same for one that need not wait as a rule.
constexpr Shape try_or_wait(TryHandler attempt, WaitHandler handler) {
  return {.kind = Shape::Kind::wait, .wait = handler, .attempt = attempt};
}

struct Command {
  std::string_view name;         // upper case
  std::string_view parent = {};  // of a subcommand: the container's name
  std::string_view since;
  Group group = Group::generic;
  std::string_view complexity;
  std::string_view summary;
  // The arguments behind the name in the notation of Redis's documentation:
  // "key value [NX|XX] [GET] [EX seconds|PX milliseconds]", "key [key ...]".
  std::string_view syntax = {};
  std::span<const Change> history = {};
  uint32_t flags = 0;
  std::string_view categories = {};  // ACL categories that do not follow from group and flags
  std::span<const KeySpec> keys = {};
  Shape shape = {};
  Repeat repeat = Repeat::state;
  // Number of arguments with the name, negative: at least; 0: derived from the syntax.
  int16_t arity = 0;
  std::string_view tips = {};              // separated by spaces
  std::string_view deprecated_since = {};  // and what to use instead
  std::string_view replaced_by = {};

  // Filled in by the command table.
  uint16_t id = 0;
  bool is_single_key = false;  // shape owner with its key at argument 1
  bool is_brief = false;       // such a one, and of Redis's fast ones: takes no time to speak of
  std::span<const Command> subcommands = {};

  bool has(uint32_t flag) const { return (flags & flag) != 0; }
  bool is_write() const { return has(kWrite); }
  // "get", "client|id": lower case, as INFO and errors print it.
  std::string_view full_name = {};
};

// What one file of commands offers; the table lists all of them.
using Rows = std::span<const Command>;

// The usual key specifications.
inline constexpr KeySpec kReadKey[] = {{.flags = "RO access"}};
inline constexpr KeySpec kUpdateKey[] = {{.flags = "RW access update"}};
inline constexpr KeySpec kReadKeys[] = {{.flags = "RO access", .last = -1}};

}  // namespace gyre::exec
