// ListItem: one element of a list as it is visited, and what is looked for among them.
#pragma once

#include "base/blob.h"
#include "data/packed.h"

namespace gyre::data {

// What elements are compared with.
struct Wanted {
  explicit Wanted(const Element& wanted) : element(wanted), packed(wanted) {}

  Element element;
  Packed packed;
};

// Refers to the list: good until it changes.
class ListItem {
 public:
  // Of an element in the form of Packed.
  explicit ListItem(const char* form) : form_(form) {}
  // Of one that is long and has a blob of its own.
  explicit ListItem(base::Blob& blob) : form_(nullptr), blob_(&blob) {}

  Element element() const {
    return blob_ == nullptr ? Packed::read(form_) : Element::of_bytes(blob_->view());
  }
  // The blob that holds it and nothing else, if there is one.
  base::Blob* blob() const { return blob_; }
  bool is(const Wanted& wanted) const {
    return blob_ == nullptr ? wanted.packed.is_at(form_) : wanted.element == element();
  }

 private:
  const char* form_;
  base::Blob* blob_ = nullptr;
};

}  // namespace gyre::data
