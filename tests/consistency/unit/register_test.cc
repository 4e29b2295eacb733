// Histories of one key, clean ones and such with one planted anomaly each.
#include "../register_check.h"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <vector>

#include "base/random.h"

namespace gyre::consistency {
namespace {

// A history by hand: at(connection, call, back) and then what was asked and answered.
struct Moment {
  uint32_t connection;
  int64_t call, back;

  Operation operation(Verb verb, int64_t argument, int64_t expected, int64_t result) const {
    return {call, back, argument, expected, result, 0, connection, verb};
  }
  Operation set(int64_t value) const { return operation(Verb::set, value, 0, 0); }
  Operation get(int64_t result) const { return operation(Verb::get, 0, 0, result); }
  Operation increment(int64_t result) const { return operation(Verb::increment, 1, 0, result); }
  Operation swap(int64_t expected, int64_t value, int64_t result) const {
    return operation(Verb::swap_if, value, expected, result);
  }
  Operation take(int64_t result) const { return operation(Verb::take, 0, 0, result); }
};

Moment at(uint32_t connection, int64_t call, int64_t back = kNever) {
  return {connection, call, back};
}

Answer judge(const std::vector<Operation>& history) { return check_register(history).linearizable; }

TEST(Register, history_one_by_one_passes) {
  EXPECT_EQ(judge({at(1, 1, 2).set(5), at(2, 3, 4).get(5), at(1, 5, 6).swap(5, 6, 1),
                   at(2, 7, 8).swap(5, 7, 0), at(1, 9, 10).take(6), at(1, 11, 12).get(kAbsent)}),
            Answer::yes);
}

TEST(Register, concurrent_writes_may_take_effect_in_either_order) {
  EXPECT_EQ(judge({at(1, 1, 10).set(5), at(2, 1, 10).set(6), at(3, 11, 12).get(5)}), Answer::yes);
  EXPECT_EQ(judge({at(1, 1, 10).set(5), at(2, 1, 10).set(6), at(3, 11, 12).get(6)}), Answer::yes);
  EXPECT_EQ(judge({at(1, 1, 10).set(5), at(2, 1, 10).set(6), at(3, 2, 3).get(5), at(3, 4, 5).get(6),
                   at(3, 6, 7).get(5)}),
            Answer::no);
}

TEST(Register, stale_read_is_found) {
  EXPECT_EQ(judge({at(1, 1, 2).set(5), at(1, 3, 4).set(6), at(2, 5, 6).get(5)}), Answer::no);
  EXPECT_EQ(judge({at(1, 1, 2).set(5), at(1, 3, 4).set(6), at(2, 4, 6).get(5)}), Answer::yes);
}

TEST(Register, new_value_and_then_the_old_one_is_found) {
  EXPECT_EQ(
      judge({at(1, 1, 2).set(5), at(1, 3, 20).set(6), at(2, 5, 6).get(6), at(3, 7, 8).get(5)}),
      Answer::no);
}

TEST(Register, value_that_nobody_wrote_is_found) {
  EXPECT_EQ(judge({at(1, 1, 2).set(5), at(2, 3, 4).get(7)}), Answer::no);
}

TEST(Register, lost_update_of_a_counter_is_found) {
  EXPECT_EQ(judge({at(1, 1, 5).increment(1), at(2, 2, 6).increment(2)}), Answer::yes);
  EXPECT_EQ(judge({at(1, 1, 5).increment(1), at(2, 2, 6).increment(1)}), Answer::no);
}

TEST(Register, counter_that_goes_back_is_found) {
  EXPECT_EQ(judge({at(1, 1, 2).increment(1), at(2, 3, 4).increment(2), at(3, 5, 6).get(2),
                   at(3, 7, 8).get(1)}),
            Answer::no);
}

TEST(Register, two_winners_of_one_swap_are_found) {
  EXPECT_EQ(judge({at(1, 1, 2).set(5), at(2, 3, 9).swap(5, 6, 1), at(3, 3, 9).swap(5, 7, 0)}),
            Answer::yes);
  EXPECT_EQ(judge({at(1, 1, 2).set(5), at(2, 3, 9).swap(5, 6, 1), at(3, 3, 9).swap(5, 7, 1)}),
            Answer::no);
}

TEST(Register, swap_that_failed_without_a_cause_is_found) {
  EXPECT_EQ(judge({at(1, 1, 2).set(5), at(2, 3, 4).swap(5, 6, 0)}), Answer::no);
}

TEST(Register, element_taken_twice_is_found) {
  EXPECT_EQ(judge({at(1, 1, 2).set(5), at(2, 3, 9).take(5), at(3, 3, 9).take(5)}), Answer::no);
  const Operation late = at(3, 3, 9).take(kAbsent);
  EXPECT_EQ(judge({at(1, 1, 2).set(5), at(2, 3, 9).take(5), late}), Answer::yes);
}

TEST(Register, unanswered_write_may_happen_late_or_never) {
  EXPECT_EQ(judge({at(1, 1).set(5), at(2, 3, 4).get(kAbsent), at(2, 5, 6).get(5)}), Answer::yes);
  const Operation none = at(2, 5, 6).get(kAbsent);
  EXPECT_EQ(judge({at(1, 1).set(5), at(2, 3, 4).get(kAbsent), none}), Answer::yes);
  EXPECT_EQ(judge({at(1, 7).set(5), at(2, 3, 4).get(5)}), Answer::no);
  EXPECT_EQ(judge({at(1, 1).set(5), at(2, 3, 4).get(5), at(2, 5, 6).set(6), at(2, 7, 8).get(5)}),
            Answer::no);
}

TEST(Register, unanswered_increments_explain_as_many_as_they_are) {
  std::vector<Operation> history;
  for (uint32_t i = 0; i < 40; i++) history.push_back(at(i, 1).increment(0));
  history.push_back(at(50, 2, 3).increment(17));
  history.push_back(at(50, 4, 5).get(41));
  EXPECT_EQ(judge(history), Answer::yes);
  history.back().result = 42;
  EXPECT_EQ(judge(history), Answer::no);
}

TEST(Register, pipeline_of_one_connection_keeps_its_order) {
  EXPECT_EQ(judge({at(1, 1, 5).set(5), at(1, 1, 6).set(6), at(2, 7, 8).get(6)}), Answer::yes);
  EXPECT_EQ(judge({at(1, 1, 5).set(5), at(1, 1, 6).set(6), at(2, 7, 8).get(5)}), Answer::no);
}

TEST(Register, story_names_the_operation_that_does_not_fit) {
  const Operation stale = at(2, 5, 6).get(5);
  const std::vector<Operation> history = {at(1, 1, 2).set(5), at(1, 3, 4).set(6), stale};
  const RegisterVerdict verdict = check_register(history);
  EXPECT_NE(verdict.story.find("the key holds 6"), std::string::npos) << verdict.story;
  EXPECT_NE(verdict.story.find("connection 2 at"), std::string::npos) << verdict.story;
}

TEST(Register, more_than_64_at_once_is_not_called_correct) {
  std::vector<Operation> history;
  for (uint32_t i = 0; i < 65; i++) history.push_back(at(i, 1, 10).set(i));
  EXPECT_EQ(judge(history), Answer::too_hard);
}

// A real register, used by clients whose requests take effect somewhere between call and back.
std::vector<Operation> simulate(base::Random& random, int64_t count, uint32_t clients) {
  std::vector<Operation> history;
  std::vector<int64_t> free_at(clients, 0);
  int64_t state = kAbsent, effect = 0, value = 0;
  for (int64_t i = 0; i < count; i++) {
    effect += 10;
    const uint32_t client = static_cast<uint32_t>(random.below(clients));
    Operation operation{.argument = ++value, .connection = client};
    operation.verb = static_cast<Verb>(random.below(8));
    operation.expected = random.below(2) == 0 ? state : value - 2;
    if (operation.verb == Verb::increment) operation.argument = 1;
    operation.call = std::max(free_at[client] + 1, effect - static_cast<int64_t>(random.below(60)));
    if (operation.call > effect) continue;
    if (random.below(500) == 0) {
      if (random.below(2) == 0) operation.apply(state);
      free_at[client] = effect;
      history.push_back(operation);
      continue;
    }
    operation.back = effect + static_cast<int64_t>(random.below(60));
    for (int64_t result : {kAbsent, int64_t{0}, int64_t{1}, state, state + 1}) {
      operation.result = result;
      if (operation.apply(state)) break;
    }
    free_at[client] = operation.back;
    history.push_back(operation);
  }
  return history;
}

TEST(Register, histories_of_a_real_register_pass) {
  base::Random random(7);
  for (int round = 0; round < 40; round++) {
    const auto history = simulate(random, 2000, 2 + static_cast<uint32_t>(random.below(12)));
    const RegisterVerdict verdict = check_register(history);
    ASSERT_EQ(verdict.linearizable, Answer::yes) << verdict.story;
  }
}

TEST(Register, one_wrong_answer_in_a_long_history_is_found) {
  base::Random random(8);
  for (int round = 0; round < 40; round++) {
    auto history = simulate(random, 2000, 2 + static_cast<uint32_t>(random.below(6)));
    size_t index = random.below(history.size());
    while (history[index].verb != Verb::get || !history[index].is_answered()) {
      index = (index + 1) % history.size();
    }
    history[index].result = 1'000'000;
    ASSERT_EQ(judge(history), Answer::no);
  }
}

std::string tell(const std::vector<Operation>& history) {
  std::string text;
  for (const Operation& operation : history) {
    text += fmt::format("{}..{} ", operation.call, operation.back) + operation.describe() + "\n";
  }
  return text;
}

// The judgement of all orders, for short histories.
bool has_order(std::vector<Operation>& left, int64_t state) {
  bool is_over = true;
  for (const Operation& operation : left) is_over &= !operation.is_answered();
  if (is_over) return true;
  for (size_t i = 0; i < left.size(); i++) {
    const Operation operation = left[i];
    bool is_first = true;
    for (const Operation& other : left) is_first &= other.back >= operation.call;
    int64_t after = state;
    if (!is_first || !operation.apply(after)) continue;
    left.erase(left.begin() + static_cast<ptrdiff_t>(i));
    const bool found = has_order(left, after);
    left.insert(left.begin() + static_cast<ptrdiff_t>(i), operation);
    if (found) return true;
  }
  return false;
}

TEST(Register, search_agrees_with_trying_all_orders) {
  base::Random random(9);
  int good = 0, bad = 0;
  for (int round = 0; round < 20'000; round++) {
    std::vector<Operation> history;
    for (uint32_t client = 0; client < 7; client++) {
      Operation operation{.connection = client, .verb = static_cast<Verb>(random.below(8))};
      operation.argument = 1 + static_cast<int64_t>(random.below(3));
      operation.expected = 1 + static_cast<int64_t>(random.below(3));
      operation.result = random.below(4) == 0 ? kAbsent : static_cast<int64_t>(random.below(4));
      if (operation.verb == Verb::set) operation.result = 0;
      operation.call = static_cast<int64_t>(random.below(20));
      operation.back = operation.call + 1 + static_cast<int64_t>(random.below(20));
      if (random.below(6) == 0) operation.back = kNever;
      history.push_back(operation);
    }
    const bool expected = has_order(history, kAbsent);
    (expected ? good : bad)++;
    ASSERT_EQ(judge(history), expected ? Answer::yes : Answer::no) << tell(history);
  }
  EXPECT_GT(good, 300);
  EXPECT_GT(bad, 300);
}

}  // namespace
}  // namespace gyre::consistency
