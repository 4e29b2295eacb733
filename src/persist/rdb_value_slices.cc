#include "persist/rdb_value_slices.h"

#include <algorithm>

#include "persist/lzf.h"
#include "store/value.h"

namespace gyre::persist {
namespace {

using data::Element;

// Elements between two looks at how much was written.
constexpr size_t kElements = 16;

// Bytes as LZF has them that it cannot make shorter: each run with its size, less one, in front.
std::string literal(std::string_view bytes) {
  constexpr size_t kRunMax = 32;
  std::string out;
  out.reserve(bytes.size() + bytes.size() / kRunMax + 1);
  while (!bytes.empty()) {
    const std::string_view run = bytes.substr(0, kRunMax);
    out += static_cast<char>(run.size() - 1);
    out += run;
    bytes.remove_prefix(run.size());
  }
  return out;
}

}  // namespace

// ---- Strings ----

// Compresses the next piece; false if there is none, or if it is not worth to go on.
bool RdbStringSlices::compress_piece() {
  constexpr size_t kTried = size_t{256} << 10;
  if (at_ == text_.size() || (at_ >= kTried && compressed_ >= at_)) {
    return false;
  }
  const std::string_view piece = text_.substr(at_, kPiece);
  std::string scratch;
  const std::string_view compressed = lzf_compress(piece, 0, scratch);
  pieces_.push_back(compressed.empty() ? literal(piece) : std::string(compressed));
  compressed_ += pieces_.back().size();
  at_ += piece.size();
  return true;
}

void RdbStringSlices::begin(RdbWriter& writer) {
  constexpr size_t kLengths = 16;  // what more they may take
  if (at_ == text_.size() && compressed_ + kLengths < text_.size()) {
    writer.begin_compressed(compressed_, text_.size());
  } else {
    pieces_.clear();
    writer.length(text_.size());
  }
  at_ = 0;
  has_begun_ = true;
}

bool RdbStringSlices::write(RdbWriter& writer, uint64_t end) {
  if (!has_begun_) {
    if (writer.compresses() && text_.size() <= kCompressMax) {
      uint64_t left = end - std::min(writer.written(), end);
      while (compress_piece()) {
        if (left <= kPiece) {
          return false;
        }
        left -= kPiece;
      }
    }
    begin(writer);
  }
  if (!pieces_.empty()) {
    while (at_ < pieces_.size() && writer.written() < end) {
      writer.raw(pieces_[at_]);
      std::string().swap(pieces_[at_++]);
    }
    return at_ == pieces_.size();
  }
  const uint64_t left = end - std::min(writer.written(), end);
  const std::string_view slice = text_.substr(at_, left);
  writer.raw(slice);
  at_ += slice.size();
  return at_ == text_.size();
}

// ---- Collections ----

bool RdbListSlices::write(RdbWriter& writer, uint64_t end) {
  struct Blocks {
    RdbListSlices& slices;
    RdbWriter& writer;
    void operator()(const data::Chunk& chunk) const {
      ListpackBuilder& listpack = writer.listpack();
      listpack.clear();
      for (uint32_t at = chunk.begin(); at != chunk.end(); at = chunk.next(at)) {
        listpack.add(chunk.item(at).element());
      }
      writer.length(kNodePacked);
      writer.bytes(listpack.finish());
      slices.index_ += chunk.count();
    }
    void operator()(const base::Blob& blob) const {
      writer.length(kNodePlain);
      slices.in_block_.emplace(blob.view());
      slices.index_ += 1;
    }
  };
  if (!has_begun_) {
    writer.length(list_.blocks());
    has_begun_ = true;
  }
  while (writer.written() < end) {
    if (in_block_) {
      if (!in_block_->write(writer, end)) {
        return false;
      }
      in_block_.reset();
    }
    if (index_ == list_.size()) {
      return true;
    }
    list_.visit_block(index_, Blocks{*this, writer});
  }
  return false;
}

bool RdbSetSlices::write(RdbWriter& writer, uint64_t end) {
  if (!has_begun_) {
    writer.length(set_.size());
    has_begun_ = true;
  }
  if (set_.is_ints()) {
    while (cursor_ < set_.size() && writer.written() < end) {
      writer.number(set_.integer(cursor_++));
    }
    return cursor_ == set_.size();
  }
  do {
    cursor_ = set_.scan(cursor_, kElements, [&](const Element& member) { writer.element(member); });
  } while (cursor_ != 0 && writer.written() < end);
  return cursor_ == 0;
}

// The last member first: Redis inserts each of them at the head then.
bool RdbSortedSetSlices::write(RdbWriter& writer, uint64_t end) {
  if (!has_begun_) {
    writer.length(left_);
    has_begun_ = true;
  }
  // To find a rank in a pack takes long.
  const size_t step = set_.encoding() == "listpack" ? left_ : kElements;
  do {
    const size_t count = std::min(left_, step);
    set_.descend(left_ - 1, count, [&](std::string_view name, double score) {
      writer.text(name);
      writer.real(score);
    });
    left_ -= count;
  } while (left_ > 0 && writer.written() < end);
  return left_ == 0;
}

bool RdbHashSlices::write(RdbWriter& writer, uint64_t end) {
  if (!has_begun_) {
    if (is_expiring_) {
      first_ms_ = hash_.next_expiry_ms();
      writer.time_ms(first_ms_);
    }
    writer.length(hash_.size());
    has_begun_ = true;
  }
  do {
    cursor_ = hash_.scan_all(
        cursor_, kElements, [&](const Element& name, const Element& value, int64_t expire_at_ms) {
          if (is_expiring_) {
            // From 1 on, counted from the first deadline; 0 for none.
            const bool has_deadline = expire_at_ms != data::kNoExpiry;
            writer.length(has_deadline ? static_cast<uint64_t>(expire_at_ms - first_ms_) + 1 : 0);
          }
          writer.field(name);
          writer.field(value);
        });
  } while (cursor_ != 0 && writer.written() < end);
  return cursor_ == 0;
}

// ---- All of them ----

bool RdbValueSlices::begin(const store::Entry& entry, RdbType type) {
  constexpr size_t kShort = size_t{64} << 10;
  slices_.emplace<std::monostate>();
  switch (type) {
    case RdbType::string:
      if (entry.form() == store::Form::blob && entry.blob()->view().size() > kShort) {
        slices_.emplace<RdbStringSlices>(entry.blob()->view());
      }
      break;
    case RdbType::list_quicklist_2:
      slices_.emplace<RdbListSlices>(entry.value<data::List>());
      break;
    case RdbType::set:
      slices_.emplace<RdbSetSlices>(entry.value<data::Set>());
      break;
    case RdbType::zset_2:
      slices_.emplace<RdbSortedSetSlices>(entry.value<data::SortedSet>());
      break;
    case RdbType::hash:
    case RdbType::hash_expiring:
      slices_.emplace<RdbHashSlices>(entry.value<data::Hash>(), type == RdbType::hash_expiring);
      break;
    case RdbType::stream_listpacks_2:
      slices_.emplace<RdbStreamSlices>(entry.value<data::Stream>());
      break;
    default:
      break;
  }
  return slices_.index() != 0;
}

bool RdbValueSlices::write(RdbWriter& writer, uint64_t bytes) {
  const uint64_t end = writer.written() + std::min(bytes, UINT64_MAX - writer.written());
  const bool is_done = std::visit(
      [&](auto& slices) {
        if constexpr (std::is_same_v<decltype(slices), std::monostate&>) {
          return true;
        } else {
          return slices.write(writer, end);
        }
      },
      slices_);
  if (is_done) {
    slices_.emplace<std::monostate>();
  }
  return is_done;
}

}  // namespace gyre::persist
