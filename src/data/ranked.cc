#include "data/ranked.h"

namespace gyre::data {

namespace {

Inner* inner_at(void* node) { return static_cast<Inner*>(node); }
Leaf* leaf_at(void* node) { return static_cast<Leaf*>(node); }

}  // namespace

Ranked::Path Ranked::find(const Probe& probe) const {
  Path path;
  void* node = root_;
  for (unsigned level = 0; level < height_; ++level) {
    path.nodes[level] = inner_at(node);
    path.indexes[level] = inner_at(node)->find(probe);
    node = inner_at(node)->child(path.indexes[level]).node;
  }
  path.leaf = leaf_at(node);
  path.at = path.leaf->find(probe);
  return path;
}

Ranked::Path Ranked::find(Scored member) const {
  const Path path = find(Probe::of_member(member.score(), member.name()));
  GYRE_ASSERT(path.at < path.leaf->count() && path.leaf->at(path.at).bits() == member.bits());
  return path;
}

Ranked::Path Ranked::find_rank(uint64_t rank) const {
  GYRE_ASSERT(rank < size_);
  Path path;
  void* node = root_;
  for (unsigned level = 0; level < height_; ++level) {
    path.nodes[level] = inner_at(node);
    path.indexes[level] = inner_at(node)->find_rank(rank);
    node = inner_at(node)->child(path.indexes[level]).node;
  }
  path.leaf = leaf_at(node);
  path.at = static_cast<uint32_t>(rank);
  return path;
}

// Goes from an inner node of the path down to its first or last member.
void Ranked::enter(Path& path, unsigned level, bool is_last) const {
  void* node = level == 0 ? root_ : path.nodes[level - 1]->child(path.indexes[level - 1]).node;
  for (; level < height_; ++level) {
    path.nodes[level] = inner_at(node);
    path.indexes[level] = is_last ? inner_at(node)->count() - 1 : 0;
    node = inner_at(node)->child(path.indexes[level]).node;
  }
  path.leaf = leaf_at(node);
  path.at = is_last ? path.leaf->count() - 1 : 0;
}

// Behind the last member.
Ranked::Path Ranked::find_end() const {
  Path path;
  enter(path, 0, true);
  ++path.at;
  return path;
}

bool Ranked::go_next(Path& path) const {
  for (unsigned level = height_; level > 0; --level) {
    if (path.indexes[level - 1] + 1 < path.nodes[level - 1]->count()) {
      ++path.indexes[level - 1];
      enter(path, level, false);
      return true;
    }
  }
  return false;
}

bool Ranked::go_previous(Path& path) const {
  for (unsigned level = height_; level > 0; --level) {
    if (path.indexes[level - 1] > 0) {
      --path.indexes[level - 1];
      enter(path, level, true);
      return true;
    }
  }
  return false;
}

bool Ranked::is_first(const Path& path) const {
  return std::all_of(path.indexes.begin(), path.indexes.begin() + height_,
                     [](uint32_t index) { return index == 0; });
}

// Does the path run along the end of the tree on its first levels?
bool Ranked::is_last(const Path& path, unsigned levels) const {
  for (unsigned level = 0; level < levels; ++level) {
    if (path.indexes[level] + 1 < path.nodes[level]->count()) {
      return false;
    }
  }
  return true;
}

uint64_t Ranked::count_below(const Probe& probe) const {
  if (size_ == 0) {
    return 0;
  }
  uint64_t count = 0;
  void* node = root_;
  for (unsigned level = 0; level < height_; ++level) {
    const uint32_t index = inner_at(node)->find(probe);
    for (uint32_t i = 0; i < index; ++i) {
      count += inner_at(node)->child(i).size;
    }
    node = inner_at(node)->child(index).node;
  }
  return count + leaf_at(node)->find(probe);
}

uint64_t Ranked::rank(Scored member) const {
  return count_below(Probe::of_member(member.score(), member.name()));
}

Scored Ranked::at(uint64_t rank) const {
  const Path path = find_rank(rank);
  return path.leaf->at(path.at);
}

void Ranked::insert(Scored member) {
  if (root_ == nullptr) {
    root_ = Leaf::make(memory_);
  }
  Path path = find(Probe::of_member(member.score(), member.name()));
  insert_at(path, member);
}

void Ranked::append(Scored member) {
  if (root_ == nullptr) {
    insert(member);
    return;
  }
  Path path = find_end();
  insert_at(path, member);
}

void Ranked::erase(Scored member) {
  Path path = find(member);
  erase_at(path, 1);
}

void Ranked::set_score(Scored member, double score) {
  Path path = find(member);
  if (has_place(path, score_key(score), member.name())) {
    member.set_score(score);
    path.leaf->renew(path.at);
    if (path.at == 0) {
      renew_first(path);
    }
    return;
  }
  erase_at(path, 1);
  member.set_score(score);
  insert(member);
}

namespace {

// Is a member before what has this key and name?
bool is_before(Scored member, uint64_t key, std::string_view name) {
  const uint64_t other = member.key();
  return other != key ? other < key : member.name() < name;
}

}  // namespace

// Would a member with this key belong where the path leads?
bool Ranked::has_place(const Path& path, uint64_t key, std::string_view name) const {
  if (path.at > 0) {
    if (!is_before(path.leaf->at(path.at - 1), key, name)) {
      return false;
    }
  } else {
    Path beside = path;
    if (go_previous(beside) && !is_before(beside.leaf->at(beside.at), key, name)) {
      return false;
    }
  }
  if (path.at + 1 < path.leaf->count()) {
    return !is_before(path.leaf->at(path.at + 1), key, name);
  }
  Path beside = path;
  return !go_next(beside) || !is_before(beside.leaf->at(beside.at), key, name);
}

void Ranked::insert_at(Path& path, Scored member) {
  path.leaf = Leaf::insert(path.leaf, path.at, member, memory_);
  put_node(path, height_, path.leaf);
  add_size(path, 1);
  if (path.at == 0) {
    renew_first(path);
  }
  if (path.leaf->count() > Leaf::kMax) {
    split_leaf(path);
  }
}

void Ranked::erase_at(Path& path, uint32_t count) {
  add_size(path, -static_cast<int64_t>(count));
  if (count == path.leaf->count()) {
    Leaf::destroy(path.leaf, memory_);
    if (height_ == 0) {
      root_ = nullptr;
    } else {
      remove_child(path, height_ - 1);
    }
    return;
  }
  path.leaf = Leaf::erase(path.leaf, path.at, count, memory_);
  put_node(path, height_, path.leaf);
  if (path.at == 0) {
    renew_first(path);
  }
  if (path.leaf->count() < Leaf::kMin && height_ > 0) {
    join_leaf(path);
  }
}

void Ranked::add_size(Path& path, int64_t change) {
  size_ += static_cast<uint64_t>(change);
  for (unsigned level = 0; level < height_; ++level) {
    path.nodes[level]->child(path.indexes[level]).size += static_cast<uint64_t>(change);
  }
}

// The leaf has another first member, or that has another score.
void Ranked::renew_first(Path& path) {
  const Scored first = path.leaf->at(0);
  for (unsigned level = height_; level > 0; --level) {
    path.nodes[level - 1]->set_first(path.indexes[level - 1], first);
    if (path.indexes[level - 1] > 0) {
      return;
    }
  }
}

// A node of the path is elsewhere now.
void Ranked::put_node(Path& path, unsigned level, void* node) {
  if (level == 0) {
    root_ = node;
  } else {
    path.nodes[level - 1]->child(path.indexes[level - 1]).node = node;
  }
  if (level < height_) {
    path.nodes[level] = inner_at(node);
  }
}

void Ranked::split_leaf(Path& path) {
  const uint32_t count = path.leaf->count();
  uint32_t from = count / 2;
  if (path.at + 1 == count && is_last(path, height_)) {
    from = count - 1;
  } else if (path.at == 0 && is_first(path)) {
    from = 1;
  }
  Leaf* next = Leaf::split(path.leaf, from, memory_);
  put_node(path, height_, path.leaf);
  add_child(path, height_, {next->at(0), next, next->count()});
}

// A node on this level has given members to a new one behind it.
void Ranked::add_child(Path& path, unsigned level, const Inner::Child& child) {
  if (level == 0) {
    void* old = root_;
    const Scored first = height_ == 0 ? leaf_at(old)->at(0) : inner_at(old)->child(0).first;
    Inner* root = Inner::insert(Inner::make(memory_), 0, {first, old, size_ - child.size}, memory_);
    root_ = Inner::insert(root, 1, child, memory_);
    ++height_;
    GYRE_ASSERT(height_ < kHeightMax);
    return;
  }
  --level;
  const uint32_t index = path.indexes[level];
  path.nodes[level]->child(index).size -= child.size;
  Inner* node = Inner::insert(path.nodes[level], index + 1, child, memory_);
  put_node(path, level, node);
  if (node->count() <= Inner::kMax) {
    return;
  }
  const bool is_appended = index + 2 == node->count() && is_last(path, level);
  const uint32_t from = is_appended ? node->count() - 1 : node->count() / 2;
  Inner* next = Inner::split(node, from, memory_);
  put_node(path, level, node);
  add_child(path, level, {next->child(0).first, next, next->size()});
}

// The child that the path takes from the node on this level is gone, all its members too.
void Ranked::remove_child(Path& path, unsigned level) {
  Inner* node = path.nodes[level];
  const uint32_t index = path.indexes[level];
  if (node->count() == 1) {
    Inner::destroy(node, memory_);
    if (level == 0) {
      root_ = nullptr;
      height_ = 0;
    } else {
      remove_child(path, level - 1);
    }
    return;
  }
  node = Inner::erase(node, index, memory_);
  put_node(path, level, node);
  if (index == 0) {
    for (unsigned above = level; above > 0; --above) {
      path.nodes[above - 1]->set_first(path.indexes[above - 1], node->child(0).first);
      if (path.indexes[above - 1] > 0) {
        break;
      }
    }
  }
  join_inner(path, level);
}

// The leaf has become small: joins it with a neighbour below the same node.
void Ranked::join_leaf(Path& path) {
  Inner* node = path.nodes[height_ - 1];
  const uint32_t index = path.indexes[height_ - 1];
  for (const uint32_t left : {index - 1, index}) {
    if (left + 1 >= node->count() || left > index) {  // there is none before the first
      continue;
    }
    Inner::Child& child = node->child(left);
    Inner::Child& next = node->child(left + 1);
    if (child.size + next.size <= Leaf::kMax * 3 / 4) {
      child.node = Leaf::join(leaf_at(child.node), leaf_at(next.node), memory_);
      child.size += next.size;
      path.indexes[height_ - 1] = left + 1;
      remove_child(path, height_ - 1);
      return;
    }
  }
}

void Ranked::join_inner(Path& path, unsigned level) {
  if (level == 0) {
    lower_root();
    return;
  }
  if (path.nodes[level]->count() >= Inner::kMin) {
    return;
  }
  Inner* above = path.nodes[level - 1];
  const uint32_t index = path.indexes[level - 1];
  for (const uint32_t left : {index - 1, index}) {
    if (left + 1 >= above->count() || left > index) {
      continue;
    }
    Inner::Child& child = above->child(left);
    Inner::Child& next = above->child(left + 1);
    if (inner_at(child.node)->count() + inner_at(next.node)->count() <= Inner::kMax * 3 / 4) {
      child.node = Inner::join(inner_at(child.node), inner_at(next.node), memory_);
      child.size += next.size;
      path.indexes[level - 1] = left + 1;
      remove_child(path, level - 1);
      return;
    }
  }
}

// A root with one child makes room for it.
void Ranked::lower_root() {
  while (height_ > 0 && inner_at(root_)->count() == 1) {
    void* child = inner_at(root_)->child(0).node;
    Inner::destroy(inner_at(root_), memory_);
    root_ = child;
    --height_;
  }
}

bool Ranked::drain(size_t count) {
  size_ = 0;
  for (; count > 0 && root_ != nullptr; --count) {
    // The last node without children: what is above it has one child less.
    void* node = root_;
    Inner* above = nullptr;
    unsigned level = 0;
    while (level < height_ && inner_at(node)->count() > 0) {
      above = inner_at(node);
      node = above->child(above->count() - 1).node;
      ++level;
    }
    level < height_ ? Inner::destroy(inner_at(node), memory_)
                    : Leaf::destroy(leaf_at(node), memory_);
    if (above != nullptr) {
      above->remove_last();
    } else {
      root_ = nullptr;
    }
  }
  return root_ == nullptr;
}

uint64_t Ranked::check(const void* node, unsigned level) const {
  if (level == height_) {
    static_cast<const Leaf*>(node)->check();
    return static_cast<const Leaf*>(node)->count();
  }
  const auto& inner = *static_cast<const Inner*>(node);
  GYRE_ASSERT(inner.count() > 0 && inner.count() <= Inner::kMax);
  for (uint32_t i = 0; i < inner.count(); ++i) {
    const Inner::Child& child = inner.child(i);
    const Scored first =
        level + 1 == height_ ? leaf_at(child.node)->at(0) : inner_at(child.node)->child(0).first;
    GYRE_ASSERT(child.first.bits() == first.bits() && inner.key(i) == first.key());
    GYRE_ASSERT(check(child.node, level + 1) == child.size);
  }
  return inner.size();
}

void Ranked::check() const {
  if (root_ == nullptr) {
    GYRE_ASSERT(size_ == 0 && height_ == 0 && memory_.nodes == 0 && memory_.bytes == 0);
    return;
  }
  GYRE_ASSERT(check(root_, 0) == size_);
  const Scored* last = nullptr;
  Scored held = at(0);
  ascend(0, size_, [&](Scored member) {
    if (last != nullptr) {
      GYRE_ASSERT(held.key() < member.key() ||
                  (held.key() == member.key() && held.name() < member.name()));
    }
    held = member;
    last = &held;
  });
}

}  // namespace gyre::data
