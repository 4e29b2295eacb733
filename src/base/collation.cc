#include "base/collation.h"

#include <cstdlib>
#include <cstring>

namespace gyre::base {
namespace {

// As setlocale() looks for it.
std::string resolved(const std::string& name) {
  if (!name.empty()) {
    return name;
  }
  for (const char* variable : {"LC_ALL", "LC_COLLATE", "LANG"}) {
    const char* value = std::getenv(variable);
    if (value != nullptr && *value != '\0') {
      return value;
    }
  }
  return "C";
}

bool is_bytewise(const std::string& name) { return name == "C" || name == "POSIX"; }

locale_t find(const std::string& name) { return newlocale(LC_COLLATE_MASK, name.c_str(), nullptr); }

}  // namespace

Collation::Collation(const std::string& name) {
  const std::string wanted = resolved(name);
  if (!is_bytewise(wanted)) {
    locale_ = find(wanted);
  }
}

Collation::~Collation() {
  if (locale_ != nullptr) {
    freelocale(locale_);
  }
}

bool Collation::is_known(const std::string& name) {
  if (name.empty() || is_bytewise(name)) {
    return true;  // the environment may name what does not exist; then it is the order of bytes
  }
  const locale_t locale = find(name);
  if (locale != nullptr) {
    freelocale(locale);
  }
  return locale != nullptr;
}

int Collation::compare(const char* a, const char* b) const {
  return locale_ != nullptr ? strcoll_l(a, b, locale_) : std::strcmp(a, b);
}

}  // namespace gyre::base
