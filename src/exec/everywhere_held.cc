#include "exec/everywhere_held.h"

namespace gyre::exec {

HeldCores::HeldCores(bool exclusive) : parts_(Engine::current().all().count()) {
  holder_.holds_cores = true;
  request_.session = &holder_;
  for (uint16_t core = 0; core < parts_.size(); ++core) {
    parts_[core].core = core;
    parts_[core].lock.exclusive = exclusive;
    parts_[core].lock.whole_core = true;
    all_.push_back(&parts_[core]);
  }
}

ring::Task<> HeldCores::lock() { co_await lock_parts(Engine::current(), all_, nullptr, nullptr); }

ring::Task<> HeldCores::release() {
  Fan fan(Engine::current(), all_, release_part, nullptr);
  co_await fan.run();
}

}  // namespace gyre::exec
