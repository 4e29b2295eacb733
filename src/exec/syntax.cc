#include "exec/syntax.h"

#include <algorithm>
#include <span>
#include <utility>

#include "base/text.h"

namespace gyre::exec {
namespace {

using Type = Argument::Type;

constexpr std::string_view kTypeNames[] = {"string",    "integer",    "double", "key",  "pattern",
                                           "unix-time", "pure-token", "oneof",  "block"};

constexpr std::string_view kIntegers[] = {
    "bits",           "client-id",    "count",     "cursor",        "db",
    "decrement",      "end",          "frequency", "increment",     "index",
    "index1",         "index2",       "len",       "level",         "limit",
    "maxage",         "milliseconds", "min-len",   "min-match-len", "numkeys",
    "numreplicas",    "offset",       "port",      "protover",      "seconds",
    "start",          "stop",         "timeout",   "unix-s",        "version",
    "destination-db", "source-db",    "ms"};

constexpr std::string_view kKeys[] = {"key",  "newkey", "source", "destination",
                                      "key1", "key2",   "destkey"};

template <size_t N>
bool is_among(const std::string_view (&words)[N], std::string_view word) {
  return std::find(std::begin(words), std::end(words), word) != std::end(words);
}

Type type_of(std::string_view name) {
  if (name.starts_with("unix-time")) {
    return Type::unix_time;
  }
  if (name == "pattern") {
    return Type::pattern;
  }
  if (is_among(kKeys, name)) {
    return Type::key;
  }
  return is_among(kIntegers, name) ? Type::integer : Type::string;
}

bool is_token(std::string_view word) {
  return std::none_of(word.begin(), word.end(), [](char c) { return c >= 'a' && c <= 'z'; });
}

// The type behind the name in "name:double"; null if none is given.
const std::string_view* given_type(std::string_view word) {
  const size_t colon = word.rfind(':');
  const auto* found =
      colon == std::string_view::npos
          ? std::end(kTypeNames)
          : std::find(std::begin(kTypeNames), std::end(kTypeNames), word.substr(colon + 1));
  return found == std::end(kTypeNames) ? nullptr : found;
}

Argument make_word(std::string_view word) {
  Argument argument;
  if (is_token(word)) {
    argument.type = Type::pure_token;
    argument.token = word;
    argument.name = base::to_lower(word);
    return argument;
  }
  if (const std::string_view* type = given_type(word)) {
    argument.name = word.substr(0, word.size() - type->size() - 1);
    argument.type = static_cast<Type>(type - kTypeNames);
    return argument;
  }
  argument.name = word;
  argument.type = type_of(word);
  return argument;
}

// Names of groups by what they hold; others are called by the names of their parts.
std::string_view group_name(std::string_view parts) {
  struct Known {
    std::string_view parts;
    std::string_view name;
  };
  constexpr Known kKnown[] = {{"nx-xx", "condition"},
                              {"nx-xx-gt-lt", "condition"},
                              {"async-sync", "flush-type"},
                              {"write-all", "mode"}};
  for (const Known& known : kKnown) {
    if (parts == known.parts) {
      return known.name;
    }
  }
  return parts.starts_with("seconds-milliseconds-") ? "expiration" : parts;
}

bool same_word(const Argument& a, const Argument& b) {
  return a.name == b.name && a.token == b.token && a.type == b.type;
}

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  // Everything up to a closing bracket, as alternatives of sequences.
  std::vector<std::vector<Argument>> alternatives() {
    std::vector<std::vector<Argument>> all(1);
    for (;;) {
      skip_spaces();
      if (at_ == text_.size() || text_[at_] == ']' || text_[at_] == '>') {
        break;
      }
      if (text_[at_] == '|') {
        ++at_;
        all.emplace_back();
      } else {
        item(all.back());
      }
    }
    for (auto& sequence : all) {
      bind_tokens(sequence, all.size() > 1 || depth_ > 0);
    }
    return all;
  }

 private:
  void skip_spaces() {
    while (at_ < text_.size() && text_[at_] == ' ') {
      ++at_;
    }
  }

  void item(std::vector<Argument>& sequence) {
    if (text_[at_] == '[' || text_[at_] == '<') {
      const bool is_optional = text_[at_++] == '[';
      repeats_ = false;
      ++depth_;
      auto inner = alternatives();
      --depth_;
      at_ = std::min(at_ + 1, text_.size());
      if (std::exchange(repeats_, false) && is_optional) {
        mark_repeated(sequence, inner[0]);
        return;
      }
      sequence.push_back(group(std::move(inner)));
      sequence.back().is_optional = is_optional;
      return;
    }
    const size_t end = std::min(text_.find_first_of(" |[]<>", at_), text_.size());
    const std::string_view word = text_.substr(at_, end - at_);
    at_ = end;
    if (word == "...") {
      if (!sequence.empty() && sequence.back().type == Type::oneof) {
        sequence.back().is_multiple = true;  // "<a|b ...>" and its like
      } else {
        repeats_ = true;
      }
      return;
    }
    sequence.push_back(make_word(word));
  }

  static Argument group(std::vector<std::vector<Argument>> alternatives) {
    if (alternatives.size() == 1) {
      return sequence_group(std::move(alternatives[0]));
    }
    Argument choice;
    choice.type = Type::oneof;
    for (auto& sequence : alternatives) {
      choice.parts.push_back(sequence_group(std::move(sequence)));
      choice.name += (choice.name.empty() ? "" : "-") + choice.parts.back().name;
    }
    choice.name = std::string(group_name(choice.name));
    return choice;
  }

  static Argument sequence_group(std::vector<Argument> sequence) {
    if (sequence.size() == 1) {
      return std::move(sequence[0]);
    }
    Argument block;
    block.type = Type::block;
    if (!sequence.empty() && sequence[0].type == Type::pure_token) {
      block.token = sequence[0].token;
      block.name = sequence[0].name;
      sequence.erase(sequence.begin());
    } else {
      block.name = sequence.empty() ? "" : sequence[0].name;
    }
    block.parts = std::move(sequence);
    return block;
  }

  // A token goes with the one argument behind it; inside brackets a token with several behind it
  // becomes a block, see sequence_group().
  static void bind_tokens(std::vector<Argument>& sequence, bool is_inner) {
    for (size_t i = 0; i + 1 < sequence.size(); ++i) {
      const bool is_alone = !is_inner || i > 0 || sequence.size() == 2;
      Argument& next = sequence[i + 1];
      if (sequence[i].type == Type::pure_token && next.type != Type::pure_token && is_alone &&
          next.token.empty() && !next.is_optional) {
        next.token = sequence[i].token;
        if (next.type == Type::oneof) {
          next.name = sequence[i].name;
        }
        sequence.erase(sequence.begin() + static_cast<ptrdiff_t>(i));
      }
    }
  }

  // "[key value ...]" behind "key value": what stood before becomes repeatable.
  static void mark_repeated(std::vector<Argument>& sequence, const std::vector<Argument>& inner) {
    // A token that is not repeated belongs to the first round only: "ID id [id ...]".
    bind_tokens(sequence, false);
    const size_t count = inner.size();
    if (count == 0 || count > sequence.size()) {
      return;
    }
    const auto first = sequence.end() - static_cast<ptrdiff_t>(count);
    if (count == 1) {
      first->is_multiple = true;
      first->repeats_token = !inner[0].token.empty() && same_word(*first, inner[0]);
      return;
    }
    Argument block;
    block.type = Type::block;
    block.name = "data";
    block.token = first->type == Type::pure_token ? first->token : "";
    block.is_multiple = true;
    block.repeats_token = !block.token.empty();
    block.parts.assign(std::make_move_iterator(first + (block.repeats_token ? 1 : 0)),
                       std::make_move_iterator(sequence.end()));
    sequence.erase(first, sequence.end());
    sequence.push_back(std::move(block));
  }

  std::string_view text_;
  size_t at_ = 0;
  int depth_ = 0;
  bool repeats_ = false;
};

// Which specification finds the next key, and how many keys it may still find.
struct SpecCursor {
  std::span<const KeySpec> specs;
  size_t at = 0;
  int left = 0;

  explicit SpecCursor(std::span<const KeySpec> all) : specs(all) { left = keys_of(0); }

  int keys_of(size_t index) const {
    if (index >= specs.size()) {
      return 0;
    }
    const KeySpec& spec = specs[index];
    return spec.find == KeySpec::Find::range && spec.last >= 0 ? spec.last / spec.step + 1 : 1;
  }
  int next() {
    if (left == 0 && at + 1 < specs.size()) {
      left = keys_of(++at);
    }
    --left;
    return static_cast<int>(at);
  }
};

void number_keys(std::vector<Argument>& arguments, SpecCursor& cursor) {
  for (Argument& argument : arguments) {
    if (argument.type == Type::key) {
      argument.key_spec = cursor.next();
    }
    number_keys(argument.parts, cursor);
  }
}

// What must be given was there from the beginning, so `is_inner` says: part of something optional.
void date(std::vector<Argument>& arguments, std::span<const Change> history, bool is_inner) {
  for (Argument& argument : arguments) {
    const std::string name = "`" + (argument.token.empty() ? argument.name : argument.token) + "`";
    const bool may_be_late = is_inner || argument.is_optional || !argument.token.empty();
    for (const Change& change : history) {
      if (may_be_late && change.what.find(name) != std::string_view::npos) {
        argument.since = change.since;
        break;
      }
    }
    date(argument.parts, history, true);
    // A choice whose parts all came at once came then itself.
    if (argument.type == Type::oneof && argument.since.empty()) {
      const std::string since = argument.parts[0].since;
      if (std::all_of(argument.parts.begin(), argument.parts.end(),
                      [&](const Argument& part) { return part.since == since; })) {
        argument.since = since;
        for (Argument& part : argument.parts) {
          part.since.clear();
        }
      }
    }
  }
}

}  // namespace

std::vector<Argument> parse_syntax(std::string_view syntax) {
  auto all = Parser(syntax).alternatives();
  return all.size() == 1 ? std::move(all[0]) : std::vector<Argument>();
}

std::string plain_syntax(std::string_view syntax) {
  std::string plain;
  while (!syntax.empty()) {
    const size_t end = std::min(syntax.find_first_of(" []<>|"), syntax.size());
    std::string_view word = syntax.substr(0, end);
    syntax.remove_prefix(end);
    if (const std::string_view* type = given_type(word)) {
      word.remove_suffix(type->size() + 1);
    }
    plain += word;
    if (!syntax.empty()) {
      plain += syntax[0];
      syntax.remove_prefix(1);
    }
  }
  return plain;
}

std::vector<Argument> arguments_of(const Command& command) {
  std::vector<Argument> arguments = parse_syntax(command.syntax);
  SpecCursor cursor(command.keys);
  number_keys(arguments, cursor);
  date(arguments, command.history, false);
  return arguments;
}

std::string_view type_name(Argument::Type type) { return kTypeNames[static_cast<size_t>(type)]; }

}  // namespace gyre::exec
