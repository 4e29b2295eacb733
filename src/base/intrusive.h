// Doubly linked list whose links live in its elements: no allocation, and an element can leave
// whatever list it is in without knowing it.
#pragma once

#include <type_traits>

#include "base/assert.h"

namespace gyre::base {

// Base class of an element; a type that is in several lists at once has one base per Tag.
template <typename Tag = void>
class ListHook {
 public:
  ListHook() = default;
  ListHook(const ListHook&) = delete;
  ListHook& operator=(const ListHook&) = delete;
  // An element that dies leaves its list.
  ~ListHook() { unlink(); }

  bool is_linked() const { return next_ != nullptr; }

  // Leaves the list, if it is in one. O(1).
  void unlink() {
    if (next_ != nullptr) {
      prev_->next_ = next_;
      next_->prev_ = prev_;
      prev_ = nullptr;
      next_ = nullptr;
    }
  }

 private:
  template <typename T, typename ListTag>
  friend class List;

  void link_between(ListHook* prev, ListHook* next) {
    GYRE_ASSERT(!is_linked());
    prev_ = prev;
    next_ = next;
    prev->next_ = this;
    next->prev_ = this;
  }

  ListHook* prev_ = nullptr;
  ListHook* next_ = nullptr;
};

// A ring through a root hook. Does not own its elements: they must stay in place while linked, and
// are let go when the list dies. One core only. T derives from ListHook<Tag>.
template <typename T, typename Tag = void>
class List {
  using Hook = ListHook<Tag>;

 public:
  class Iterator {
   public:
    explicit Iterator(Hook* at) : at_(at) {}
    T& operator*() const { return static_cast<T&>(*at_); }
    T* operator->() const { return &static_cast<T&>(*at_); }
    Iterator& operator++() {
      at_ = at_->next_;
      return *this;
    }
    bool operator==(const Iterator& other) const = default;

   private:
    friend class List;
    Hook* at_;
  };

  List() {
    root_.prev_ = &root_;
    root_.next_ = &root_;
  }
  List(const List&) = delete;
  List& operator=(const List&) = delete;
  ~List() { clear(); }

  bool is_empty() const { return root_.next_ == &root_; }
  // REQUIRES: not empty.
  T& front() { return static_cast<T&>(*checked(root_.next_)); }
  T& back() { return static_cast<T&>(*checked(root_.prev_)); }

  // REQUIRES of all that insert: the element is in no list of this Tag.
  void push_front(T& element) { hook(element).link_between(&root_, root_.next_); }
  void push_back(T& element) { hook(element).link_between(root_.prev_, &root_); }
  void insert_before(T& place, T& element) {
    hook(element).link_between(hook(place).prev_, &hook(place));
  }

  // Takes the first or last element out; nullptr if there is none.
  T* pop_front() { return pop(root_.next_); }
  T* pop_back() { return pop(root_.prev_); }

  // Takes an element out while walking; gives the place behind it.
  Iterator erase(Iterator place) {
    Hook* const next = place.at_->next_;
    place.at_->unlink();
    return Iterator(next);
  }

  // Moves all elements of `other` behind those of this list, in order. O(1).
  void append(List& other) {
    if (other.is_empty() || &other == this) {
      return;
    }
    Hook* const first = other.root_.next_;
    Hook* const last = other.root_.prev_;
    first->prev_ = root_.prev_;
    root_.prev_->next_ = first;
    last->next_ = &root_;
    root_.prev_ = last;
    other.root_.prev_ = &other.root_;
    other.root_.next_ = &other.root_;
  }

  // Lets every element go. O(n).
  void clear() {
    while (!is_empty()) {
      root_.next_->unlink();
    }
  }

  Iterator begin() { return Iterator(root_.next_); }
  Iterator end() { return Iterator(&root_); }

 private:
  static Hook& hook(T& element) {
    static_assert(std::is_base_of_v<Hook, T>);
    return element;
  }
  Hook* checked(Hook* place) {
    GYRE_DCHECK(place != &root_);
    return place;
  }
  T* pop(Hook* place) {
    if (place == &root_) {
      return nullptr;
    }
    place->unlink();
    return &static_cast<T&>(*place);
  }

  Hook root_;
};

}  // namespace gyre::base
