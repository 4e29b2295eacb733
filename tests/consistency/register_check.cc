// The search: positions on a stack of its own, since histories are long.
#include "register_check.h"

#include <fmt/core.h>

#include <algorithm>
#include <bit>
#include <unordered_map>
#include <vector>

#include "position_memory.h"

namespace gyre::consistency {

namespace {

constexpr uint32_t kNone = ~0u;
constexpr size_t kShown = 12;  // operations of a story, before and around

// What the search knows of the history, by index in the order of answers.
struct Plan {
  std::vector<Operation> done;       // answered, by `back`
  std::vector<Operation> open;       // never answered and able to change something, by `call`
  std::vector<uint8_t> slot;         // of done: its bit in the mask
  std::vector<uint32_t> before;      // of done: the one before on its connection, or kNone
  std::vector<uint32_t> around_at;   // of done: where its list in `around` begins
  std::vector<uint32_t> around;      // those answered later and invoked before its answer
  std::vector<uint64_t> same_older;  // of open: older ones that mean the same
  bool fits = true;
};

void take_slots(Plan& plan) {
  std::vector<uint32_t> by_call(plan.done.size());
  for (uint32_t i = 0; i < by_call.size(); i++) by_call[i] = i;
  std::sort(by_call.begin(), by_call.end(), [&](uint32_t a, uint32_t b) {
    return std::pair(plan.done[a].call, a) < std::pair(plan.done[b].call, b);
  });
  plan.slot.resize(plan.done.size());
  uint64_t taken = 0;
  uint32_t ended = 0;
  for (uint32_t index : by_call) {
    for (; plan.done[ended].back < plan.done[index].call; ended++) {
      taken &= ~(1ULL << plan.slot[ended]);
    }
    const int free = std::countr_one(taken);
    if (free == 64) {
      plan.fits = false;
      return;
    }
    plan.slot[index] = static_cast<uint8_t>(free);
    taken |= 1ULL << free;
  }
  std::vector<uint32_t> active;
  size_t called = 0;
  for (uint32_t index = 0; index < plan.done.size(); index++) {
    while (called < by_call.size() && plan.done[by_call[called]].call <= plan.done[index].back) {
      active.push_back(by_call[called++]);
    }
    std::erase_if(active, [index](uint32_t other) { return other <= index; });
    plan.around_at.push_back(static_cast<uint32_t>(plan.around.size()));
    std::sort(active.begin(), active.end());
    plan.around.insert(plan.around.end(), active.begin(), active.end());
  }
  plan.around_at.push_back(static_cast<uint32_t>(plan.around.size()));
}

Plan make_plan(std::span<const Operation> history) {
  Plan plan;
  std::vector<const Operation*> answered;
  for (const Operation& operation : history) {
    if (operation.is_answered()) {
      answered.push_back(&operation);
    } else if (!operation.is_observer()) {
      plan.open.push_back(operation);
    }
  }
  // Answers that came together keep their order.
  std::sort(answered.begin(), answered.end(), [](const Operation* a, const Operation* b) {
    return std::pair(a->back, a) < std::pair(b->back, b);
  });
  for (const Operation* operation : answered) plan.done.push_back(*operation);
  std::sort(plan.open.begin(), plan.open.end(),
            [](const Operation& a, const Operation& b) { return a.call < b.call; });
  std::unordered_map<uint32_t, uint32_t> last;
  for (uint32_t index = 0; index < plan.done.size(); index++) {
    const auto [found, is_first] = last.try_emplace(plan.done[index].connection, kNone);
    plan.before.push_back(found->second);
    found->second = index;
  }
  if (plan.open.size() > 64) {
    plan.fits = false;
    return plan;
  }
  for (size_t i = 0; i < plan.open.size(); i++) {
    uint64_t same = 0;
    for (size_t j = 0; j < i; j++) {
      const Operation &a = plan.open[i], &b = plan.open[j];
      const bool alike = a.verb == b.verb && a.argument == b.argument && a.expected == b.expected;
      if (alike) same |= 1ULL << j;
    }
    plan.same_older.push_back(same);
  }
  take_slots(plan);
  return plan;
}

// A position and the next candidate to try from it: 0 is `first`, then those around it, then those
// without an answer.
struct Frame {
  Position position;
  uint32_t next = 0;
  uint32_t placed = kNone;  // index in done, or ~index in open: what led here
};

class Search {
 public:
  Search(const Plan& plan, uint64_t positions_max) : plan_(plan), positions_max_(positions_max) {}

  RegisterVerdict run(int64_t state) {
    enter({.state = state}, kNone);
    while (!stack_.empty() && !found_ && memory_.size() < positions_max_) step();
    RegisterVerdict verdict{.positions = memory_.size()};
    if (found_) return verdict;
    verdict.linearizable = stack_.empty() ? Answer::no : Answer::too_hard;
    verdict.story = tell();
    return verdict;
  }

 private:
  bool is_placed(const Position& at, uint32_t index) const {
    return index < at.first || (at.mask >> plan_.slot[index] & 1) != 0;
  }

  bool is_candidate(const Position& at, uint32_t index) const {
    const uint32_t before = plan_.before[index];
    return !is_placed(at, index) && (before == kNone || is_placed(at, before));
  }

  void place(Position& at, uint32_t index) const {
    at.mask |= 1ULL << plan_.slot[index];
    while (at.first < plan_.done.size() && (at.mask >> plan_.slot[at.first] & 1) != 0) {
      at.mask &= ~(1ULL << plan_.slot[at.first]);
      at.first++;
    }
  }

  std::span<const uint32_t> around(const Position& at) const {
    const uint32_t from = plan_.around_at[at.first], to = plan_.around_at[at.first + 1];
    return std::span(plan_.around).subspan(from, to - from);
  }

  // Places observers that fit, until there are none.
  void settle(Position& at) const {
    bool moved = true;
    const auto idle = [&](uint32_t index) {
      int64_t state = at.state;
      return plan_.done[index].is_observer() && is_candidate(at, index) &&
             plan_.done[index].apply(state);
    };
    while (moved && at.first < plan_.done.size()) {
      moved = idle(at.first);
      if (moved) {
        place(at, at.first);
        continue;
      }
      for (uint32_t index : around(at)) {
        if (!idle(index)) continue;
        place(at, index);
        moved = true;
        break;
      }
    }
  }

  void enter(Position at, uint32_t placed) {
    settle(at);
    found_ = at.first == plan_.done.size();
    if (found_ || memory_.add(at)) stack_.push_back({at, 0, placed});
  }

  void step() {
    Frame& frame = stack_.back();
    const Position at = frame.position;
    const auto near = around(at);
    while (frame.next < 1 + near.size()) {
      const uint32_t index = frame.next == 0 ? at.first : near[frame.next - 1];
      frame.next++;
      Position to = at;
      if (!is_candidate(at, index) || !plan_.done[index].apply(to.state)) continue;
      place(to, index);
      enter(to, index);
      return;
    }
    for (size_t index = frame.next - 1 - near.size(); index < plan_.open.size(); index++) {
      frame.next = static_cast<uint32_t>(index + 2 + near.size());
      const Operation& operation = plan_.open[index];
      Position to = at;
      const bool is_oldest = (plan_.same_older[index] & ~at.used) == 0;
      if (operation.call > plan_.done[at.first].back) break;
      if ((at.used >> index & 1) != 0 || !is_oldest) continue;
      operation.apply(to.state);
      if (to.state == at.state) continue;
      to.used |= 1ULL << index;
      enter(to, ~static_cast<uint32_t>(index));
      return;
    }
    leave();
  }

  // A dead end: the deepest one makes the story.
  void leave() {
    const Position& at = stack_.back().position;
    if (deepest_.empty() || at.first > deepest_.back().position.first) {
      const size_t from = stack_.size() > kShown ? stack_.size() - kShown : 0;
      deepest_.assign(stack_.begin() + static_cast<ptrdiff_t>(from), stack_.end());
    }
    stack_.pop_back();
  }

  std::string tell() const {
    if (deepest_.empty()) return "the search was given up before its first dead end";
    const Position& at = deepest_.back().position;
    const int64_t epoch = plan_.done[0].call;
    std::string text =
        "  one of the longest orders that fit, without what changed nothing, ends with:\n";
    for (const Frame& frame : deepest_) {
      if (frame.placed == kNone) continue;
      const bool is_open = (frame.placed & 0x8000'0000) != 0;
      const Operation& operation = is_open ? plan_.open[~frame.placed] : plan_.done[frame.placed];
      text += "    " + operation.describe(epoch) + "\n";
    }
    text += fmt::format("  then the key holds {}, and this fits no more:\n    {}\n",
                        describe_state(at.state), plan_.done[at.first].describe(epoch));
    text += "  at the same time as:\n";
    for (uint32_t index : around(at)) {
      text += "    " + plan_.done[index].describe(epoch);
      text += is_placed(at, index) ? " (placed)\n" : "\n";
    }
    return text;
  }

  const Plan& plan_;
  const uint64_t positions_max_;
  PositionMemory memory_;
  std::vector<Frame> stack_, deepest_;
  bool found_ = false;
};

}  // namespace

RegisterVerdict check_register(std::span<const Operation> history, int64_t state,
                               uint64_t positions_max) {
  const Plan plan = make_plan(history);
  if (!plan.fits) return {.linearizable = Answer::too_hard, .story = "more than 64 at once\n"};
  return Search(plan, positions_max).run(state);
}

}  // namespace gyre::consistency
