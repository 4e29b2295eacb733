#include "exec/batch.h"

#include <algorithm>
#include <string>

#include "base/small.h"
#include "base/text.h"
#include "exec/engine.h"

namespace gyre::exec {
namespace {

constexpr size_t kKeysKept = 4096;  // of which a batch at rest keeps the memory

// Bytes of what a client sent that an error repeats.
constexpr size_t kQuotedMax = 128;

// An argument as an error repeats it: cut, and like in Redis only up to a NUL.
std::string quoted(std::string_view argument, size_t size_max) {
  return std::string(argument.substr(0, std::min(argument.find('\0'), size_max)));
}

bool has_right_arity(const Command& command, size_t argc) {
  return command.arity >= 0 ? argc == static_cast<size_t>(command.arity)
                            : argc >= static_cast<size_t>(-command.arity);
}

}  // namespace

void Batch::add(size_t first_view) {
  const size_t index = size_++;
  firsts_[index] = static_cast<uint32_t>(first_view);
  Request& request = requests_[index];
  request = Request{};
  request.argv = arguments_.views.data() + first_view;  // until the next one is parsed
  request.argc = static_cast<uint32_t>(arguments_.views.size() - first_view);
  request.db = db_;
  request.core = engine_.core_id();
  routes_[index] = resolve_one(request, single_[index]);
  if (size_ % kWarmGroup == 0) {
    warm_slots(size_ - kWarmGroup, size_);
    if (size_ >= 2 * kWarmGroup) {
      warm_entries(size_ - 2 * kWarmGroup, size_ - kWarmGroup);
    }
  }
}

void Batch::finish() {
  // Only now the lists of arguments and keys stay where they are.
  const std::string_view* const views = arguments_.views.data();
  const KeyRef* keys = keys_.data();
  auto* const source = arguments_.blobs.empty() ? nullptr : &arguments_;
  for (size_t i = 0; i < size_; ++i) {
    requests_[i].argv = views + firsts_[i];
    requests_[i].source = source;
    const size_t count = requests_[i].keys.size();
    requests_[i].keys = {keys, count};
    keys += count;
  }
  if (size_ > 1) {  // one that comes alone runs before any of its memory could have arrived
    const size_t whole = size_ - size_ % kWarmGroup;
    warm_slots(whole, size_);
    warm_entries(whole - std::min(whole, kWarmGroup), size_);
  }
}

// Commands with several keys warm up the others themselves.
void Batch::warm_slots(size_t from, size_t to) const {
  for (size_t i = from; i < to; ++i) {
    if (has_local_key(i)) {
      engine_.shard().db(db_).prefetch_slots(requests_[i].key.hash);
    }
  }
}

void Batch::warm_entries(size_t from, size_t to) const {
  for (size_t i = from; i < to; ++i) {
    if (has_local_key(i)) {
      engine_.shard().db(db_).prefetch_entry(requests_[i].key.hash);
    }
  }
}

// Commands of one batch are often the same.
const Command* Batch::find_command(std::string_view name) {
  if (last_command_ == nullptr || name.size() != last_name_.size() ||
      !base::equal_small(name.data(), last_name_.data(), name.size())) {
    last_name_ = name;
    last_command_ = engine_.commands().find(name);
  }
  return last_command_;
}

Route Batch::resolve_one(Request& request, bool& is_single) {
  is_single = false;
  if (request.argc == 0) {
    return Route::empty;
  }
  const Command* command = find_command(request.argv[0]);
  if (command == nullptr) [[unlikely]] {
    return Route::bad;
  }
  if (!command->subcommands.empty() && request.argc > 1) {
    request.command = command;
    command = CommandTable::find_sub(*command, request.argv[1]);
    if (command == nullptr) {
      return Route::bad;  // encode_bad() sees a container
    }
  }
  request.command = command;
  if (!has_right_arity(*command, request.argc)) [[unlikely]] {
    return Route::bad;
  }
  if (command->is_single_key) [[likely]] {
    is_single = true;
    request.key = {request.argv[1], store::key_hash(request.argv[1])};
    request.core = engine_.owner_of(request.argv[1]);
    return request.core == engine_.core_id() ? Route::local : Route::remote;
  }
  switch (command->shape.kind) {
    case Shape::Kind::container:
      return Route::bad;
    case Shape::Kind::here:
      return Route::local;
    case Shape::Kind::wait:
      return Route::wait;
    case Shape::Kind::owner:
    case Shape::Kind::split:
      return place_keys(request);
    case Shape::Kind::gather: {
      const Route route = place_keys(request);
      const Blocking* blocking = command->shape.blocking;
      if (blocking != nullptr && route != Route::local && blocking->timeout_ms(request)) {
        return Route::block;
      }
      const auto has_unnamed_keys = command->shape.has_unnamed_keys;
      const bool is_alone = engine_.all().count() == 1;
      return has_unnamed_keys == nullptr || is_alone || !has_unnamed_keys(request) ? route
                                                                                   : Route::wait;
    }
  }
  GYRE_UNREACHABLE();
}

// Finds the keys of a command that may have several, and the cores that own them.
Route Batch::place_keys(Request& request) {
  positions_.clear();
  find_keys(*request.command, {request.argv, request.argc}, positions_);
  const size_t first = keys_.size();
  uint16_t core = engine_.core_id();
  bool is_spread = false;
  for (const KeyPosition& at : positions_) {
    const std::string_view name = request.argv[at.position];
    keys_.push_back({at.position, engine_.owner_of(name), store::key_hash(name)});
    is_spread |= keys_.back().core != keys_[first].core;
  }
  request.keys = {keys_.data() + first, positions_.size()};
  if (!positions_.empty()) {
    request.key = {request.argv[keys_[first].position], keys_[first].hash};
    core = keys_[first].core;
  }
  if (is_spread) {
    return Route::several;
  }
  request.core = core;
  return core == engine_.core_id() ? Route::local : Route::remote;
}

Part& Batch::part(uint16_t core) {
  if (parts_.empty()) {
    parts_.resize(engine_.all().count());
  }
  if (parts_[core] == nullptr) {
    parts_[core] = std::make_unique<Part>();
    parts_[core]->home = &engine_;
    parts_[core]->core = core;
    parts_[core]->join = &join_;
    parts_[core]->requests = requests_;
  }
  if (parts_[core]->indexes.empty()) {
    used_parts_.push_back(core);
  }
  return *parts_[core];
}

void Batch::start_parts() {
  for (const uint16_t core : used_parts_) {
    if (core != engine_.core_id()) {
      parts_[core]->start();
    }
  }
  for (const uint16_t core : used_parts_) {
    if (core == engine_.core_id()) {
      parts_[core]->start();
    }
  }
}

void Batch::copy_reply(size_t index, resp::Reply& reply) {
  Part& part = *parts_[requests_[index].core];
  const size_t from = part.replied == 0 ? 0 : part.ends[part.replied - 1];
  part.buffer.copy_to(reply, from, part.ends[part.replied++]);
}

void Batch::skip_reply(size_t index) { ++parts_[requests_[index].core]->replied; }

void Batch::go_on(size_t index) {
  Part& part = *parts_[requests_[index].core];
  if (part.next < part.indexes.size()) {
    part.start();
  }
}

bool Batch::is_lost() const {
  return std::any_of(used_parts_.begin(), used_parts_.end(),
                     [&](uint16_t core) { return parts_[core]->is_lost; });
}

void Batch::reset_parts() {
  for (const uint16_t core : used_parts_) {
    parts_[core]->reset();
  }
  used_parts_.clear();
}

void Batch::rebase(const char* from, size_t size, const char* to) {
  const auto move = [&](std::string_view& view) {
    const auto offset =
        reinterpret_cast<uintptr_t>(view.data()) - reinterpret_cast<uintptr_t>(from);
    if (offset < size) {
      view = {to + offset, view.size()};
    }
  };
  for (std::string_view& view : arguments_.views) {
    move(view);
  }
  for (size_t i = 0; i < size_; ++i) {
    move(requests_[i].key.name);
  }
}

void Batch::clear() {
  arguments_.clear();
  keys_.clear();
  if (keys_.capacity() > kKeysKept) {
    std::vector<KeyRef>().swap(keys_);
    std::vector<KeyPosition>().swap(positions_);
  }
  last_command_ = nullptr;
  size_ = 0;
}

void encode_bad(const Request& request, Engine& engine, resp::Reply& reply) {
  std::string text;
  const Command* command = request.command;
  if (command == nullptr) {
    std::string args;
    for (uint32_t i = 1; i < request.argc && args.size() < kQuotedMax; ++i) {
      args += "'" + quoted(request.argv[i], kQuotedMax - args.size()) + "' ";
    }
    text = "ERR unknown command '" + quoted(request.argv[0], kQuotedMax) +
           "', with args beginning with: " + args;
  } else if (!command->subcommands.empty() && request.argc > 1 && command->parent.empty() &&
             CommandTable::find_sub(*command, request.argv[1]) == nullptr) {
    text = "ERR unknown subcommand '" + quoted(request.argv[1], kQuotedMax) + "'. Try " +
           std::string(command->name) + " HELP.";
  } else {
    text = "ERR wrong number of arguments for '" + std::string(command->full_name) + "' command";
  }
  if (command != nullptr) {
    ++engine.stats().at(command->id).rejected;
  }
  engine.stats().count_error(text);
  reply.error(Error{text.c_str()});
}

}  // namespace gyre::exec
