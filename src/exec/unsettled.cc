#include "exec/unsettled.h"

#include <algorithm>
#include <utility>

#include "exec/engine.h"

namespace gyre::exec {
namespace {

// Both ascend.
bool have_common(const std::vector<uint16_t>& a, const std::vector<uint16_t>& b) {
  for (size_t i = 0, j = 0; i < a.size() && j < b.size();) {
    if (a[i] == b[j]) {
      return true;
    }
    ++(a[i] < b[j] ? i : j);
  }
  return false;
}

}  // namespace

const Unsettled::Open* Unsettled::find(uint64_t group) const {
  const auto at = std::find_if(open_.begin(), open_.end(),
                               [&](const Open& open) { return open.group == group; });
  return at == open_.end() ? nullptr : &*at;
}

bool Unsettled::is_free(uint64_t group) const {
  const Open* open = find(group);
  return open == nullptr || open->rests_on.empty();
}

void Unsettled::add(uint64_t group, const LockRequest& lock) {
  Open fresh{.group = group,
             .number = ++last_,
             .end = journal_.end(),
             .exclusive = lock.exclusive,
             .whole_core = lock.whole_core,
             .cells = lock.cells,
             .rests_on = {}};
  for (const Open& open : open_) {
    const bool is_shared = !open.exclusive && !fresh.exclusive;
    if (!is_shared &&
        (open.whole_core || fresh.whole_core || have_common(open.cells, fresh.cells))) {
      fresh.rests_on.push_back(open.number);
    }
  }
  open_.push_back(std::move(fresh));
}

// Is the part of this core, if there is one, as safe as those elsewhere?
bool Unsettled::is_ready(uint64_t group) const {
  const Open* open = find(group);
  return open == nullptr || (open->rests_on.empty() && open->end <= journal_.safe());
}

void Unsettled::come_home(uint64_t group, std::vector<uint16_t> cores) {
  home_.push_back({group, std::move(cores)});
  release();
}

// What has settled may be what another one waits for.
void Unsettled::release() {
  for (bool has_more = !home_.empty(); has_more;) {
    const auto at = std::find_if(home_.begin(), home_.end(),
                                 [&](const Home& home) { return is_ready(home.group); });
    has_more = at != home_.end();
    if (has_more) {
      const Home home = std::move(*at);
      home_.erase(at);
      tell(home);
    }
  }
}

void Unsettled::tell(const Home& home) {
  for (const uint16_t to : home.cores) {
    if (to == core_.id()) {
      settled(home.group);
      continue;
    }
    Notice& notice = take_notice();
    notice.group = home.group;
    notice.run = [](ring::Message& message, ring::Core& at) {
      auto& self = static_cast<Notice&>(message);
      Engine::current().unsettled().settled(self.group);
      self.run = [](ring::Message& answer, ring::Core&) {
        auto& back = static_cast<Notice&>(answer);
        back.home->free_.push_back(&back);
      };
      at.post(self.home->core_.id(), self);
    };
    core_.post(to, notice);
  }
}

void Unsettled::settled(uint64_t group) {
  const auto at = std::find_if(open_.begin(), open_.end(),
                               [&](const Open& open) { return open.group == group; });
  if (at == open_.end()) {
    return;
  }
  const uint64_t number = at->number;
  open_.erase(at);
  for (Open& open : open_) {
    std::erase(open.rests_on, number);
  }
}

Unsettled::Notice& Unsettled::take_notice() {
  if (free_.empty()) {
    free_.push_back(&notices_.emplace_back());
    free_.back()->home = this;
  }
  Notice& notice = *free_.back();
  free_.pop_back();
  return notice;
}

}  // namespace gyre::exec
