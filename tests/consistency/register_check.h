// Is the history of one key linearizable? The search of Wing and Gong with the memory of Lowe.
//
// Problem: find an order of the operations that a single register would have answered alike, in
// which no operation comes before one that was answered before it was invoked. Linearizability is
// local: a history is linearizable if that of every key is (Herlihy and Wing), so each key is
// searched alone.
//
// The search places one operation after the other, depth first. Candidates are those that were
// invoked before the first answer among the operations not yet placed. A position in the search is
//
//   first   index, by time of answer, of the first answered operation not yet placed
//   mask    of the operations that overlap it and have been placed: one bit each, slots are reused
//   used    of the operations without an answer that have been placed: one bit each
//   state   of the key
//
// and a position from which the search failed once is remembered and not entered again. Three
// reductions keep real histories linear:
//  1. An operation whose answer says that it changed nothing is placed as soon as it fits, without
//     alternatives: wherever else it could be placed, it could be placed here as well. (A SET of
//     the value that the key holds is no such operation: later, it might change the key.)
//  2. An operation without an answer need not be placed. So a position that failed also fails with
//     more of them used.
//  3. Of operations without an answer that mean the same, only the oldest is a candidate.
//
// Operations of one connection overlap when they were pipelined; they are placed in their order.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "register_history.h"

namespace gyre::consistency {

enum class Answer : uint8_t { yes, no, too_hard };

struct RegisterVerdict {
  Answer linearizable = Answer::yes;
  uint64_t positions = 0;  // entered by the search
  std::string story;       // for `no`: which operation fits nowhere, and what was around it
};

inline constexpr uint64_t kPositionsMax = 8'000'000;

// `history` is of one key, in the order of `call` for each connection; `state` is what the key
// holds before. Gives up (too_hard) beyond `positions_max` positions, 64 operations at once, or 64
// writes without an answer.
RegisterVerdict check_register(std::span<const Operation> history, int64_t state = kAbsent,
                               uint64_t positions_max = kPositionsMax);

}  // namespace gyre::consistency
