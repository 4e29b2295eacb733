#include "exec/prefixes.h"

#include <utility>

#include "exec/engine.h"

namespace gyre::exec {

struct Prefixes::Interest final : News {
  std::string text;
  bool is_more = false;

  void hear(Engine& at) const override {
    Prefixes& prefixes = at.tracking().prefixes();
    prefixes.count(prefixes.open(text), origin(), is_more);
    at.effects().update();
  }
};

const Prefix* Prefixes::find(std::string_view text) const {
  const auto found = by_text_.find(text);
  return found == by_text_.end() ? nullptr : &found->second;
}

Prefix& Prefixes::open(std::string_view text) {
  if (const auto found = by_text_.find(text); found != by_text_.end()) {
    return found->second;
  }
  Prefix& prefix = by_text_[std::string(text)];
  prefix.text = text;
  prefix.counts.resize(all_.count());
  ++sizes_[text.size()];
  return prefix;
}

// A client came or left; without any the prefix is gone.
void Prefixes::count(Prefix& prefix, uint16_t core, bool is_more) {
  prefix.counts[core] += is_more ? 1 : -1U;
  prefix.total += is_more ? 1 : -1U;
  if (prefix.total > 0) {
    return;
  }
  std::erase(changed_, &prefix);
  if (const auto size = sizes_.find(prefix.text.size()); --size->second == 0) {
    sizes_.erase(size);
  }
  by_text_.erase(by_text_.find(prefix.text));
}

void Prefixes::tell(Session* session, std::string_view text, bool is_more) {
  if (announcer_.is_alone()) {
    return;
  }
  auto news = std::make_unique<Interest>();
  news->text = text;
  news->is_more = is_more;
  announcer_.tell(std::move(news), session);
}

void Prefixes::add(Session& session, std::string_view text) {
  Prefix& prefix = open(text);
  prefix.own.push_back(&session);
  count(prefix, core_.id(), true);
  tell(&session, text, true);
}

void Prefixes::remove(Session& session, std::string_view text, bool is_over) {
  Prefix& prefix = open(text);
  std::erase(prefix.own, &session);
  count(prefix, core_.id(), false);
  tell(is_over ? nullptr : &session, text, false);
}

void Prefixes::note_change(std::string_view key, uint64_t by) {
  for (const auto& [size, number] : sizes_) {
    if (size > key.size()) {
      return;
    }
    const auto found = by_text_.find(key.substr(0, size));
    if (found == by_text_.end()) {
      continue;
    }
    Prefix& prefix = found->second;
    if (prefix.changed.empty()) {
      changed_.push_back(&prefix);
    }
    if (const auto at = prefix.changed.find(key); at != prefix.changed.end()) {
      at->second = by;
    } else {
      prefix.changed.emplace(key, by);
    }
  }
}

Invalidation Prefixes::collect(Prefix& prefix) {
  Invalidation what;
  what.changes.reserve(prefix.changed.size());
  for (const auto& [key, by] : std::exchange(prefix.changed, {})) {
    what.changes.push_back({key, by});
  }
  return what;
}

}  // namespace gyre::exec
