// The words that COMMAND and ACL have for flags, groups and categories of commands.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "exec/command.h"

namespace gyre::exec {

struct FlagWord {
  uint32_t flag;
  std::string_view word;
};

// Flags that COMMAND INFO tells, in its order.
std::span<const FlagWord> flag_words();

// "sorted-set", as COMMAND DOCS has it.
std::string_view group_word(Group group);

// Categories without their '@', in the order of ACL CAT; a set of them is a mask of bits.
std::span<const std::string_view> category_words();
uint32_t categories_of(const Command& command);
// Bit of a category; 0 if there is none of that name.
uint32_t category_bit(std::string_view word);

// First and last key and the step between them, as COMMAND INFO tells; last is negative when it
// counts from the end of the arguments.
struct KeyRange {
  int first = 0;
  int last = 0;
  int step = 0;
};
KeyRange key_range_of(const Command& command);

}  // namespace gyre::exec
