// The syntax line of a command row as a tree: COMMAND DOCS, HELP and the documentation read it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "exec/command.h"

namespace gyre::exec {

// One argument, or a group of them.
struct Argument {
  enum class Type : uint8_t {
    string,
    integer,
    number,
    key,
    pattern,
    unix_time,
    pure_token,
    oneof,
    block
  };
  std::string name;
  Type type = Type::string;
  std::string token;  // the word in front of it, "EX"; the whole of it for a pure token
  bool is_optional = false;
  bool is_multiple = false;     // may be repeated
  bool repeats_token = false;   // with its token each time
  int key_spec = -1;            // of a key: which key specification finds it
  std::string since;            // the version it came with, if later than the command
  std::vector<Argument> parts;  // of oneof and block
};

// The notation is that of Redis's documentation:
//
//   key [NX|XX] [GET] [EX seconds|PX milliseconds|KEEPTTL]
//   key value [key value ...]      <ON|OFF>      [LIMIT offset count]      [KEY key [KEY key ...]]
//
// Words without lower-case letters are tokens, others are arguments, whose type follows from the
// name ("seconds" is an integer, "pattern" a pattern). [] may be left out, <> is a choice that must
// be made, | separates alternatives, "..." repeats what its brackets hold, which stands before them
// too. "name:double" gives a type that the name does not tell.
std::vector<Argument> parse_syntax(std::string_view syntax);

// The notation as a reader wants it: names without types.
std::string plain_syntax(std::string_view syntax);

// The arguments of a command. An argument is as old as the first entry of the history that names it
// or its token in backquotes; keys are told which key specification finds them.
std::vector<Argument> arguments_of(const Command& command);

// "string", "pure-token", as COMMAND DOCS has them.
std::string_view type_name(Argument::Type type);

}  // namespace gyre::exec
