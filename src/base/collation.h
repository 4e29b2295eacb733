// Collation: the order of texts by the rules of a language.
#pragma once

#include <locale.h>

#include <string>

namespace gyre::base {

// Of a locale by its name, "de_DE.UTF-8"; an empty name stands for what the environment says, and
// an unknown one for "C", the order of bytes.
class Collation {
 public:
  explicit Collation(const std::string& name);
  Collation(const Collation&) = delete;
  Collation& operator=(const Collation&) = delete;
  ~Collation();

  static bool is_known(const std::string& name);

  // Of texts that end with a NUL: less than, equal to or greater than 0.
  int compare(const char* a, const char* b) const;

 private:
  locale_t locale_ = nullptr;  // null: the order of bytes
};

}  // namespace gyre::base
