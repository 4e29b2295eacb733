// Streams in their RDB encoding: blocks of entries, what is known of all entries ever, groups.
#pragma once

#include "data/limits.h"
#include "data/stream.h"
#include "persist/rdb.h"
#include "persist/rdb_reader.h"
#include "persist/rdb_writer.h"

namespace gyre::persist {

// A block is the id that the others in it are told from, and a listpack of
//
//     entries | deleted ones | fields | names ... | 0
//     flags | ms and seq behind that id | [fields | names in turns with] values ... | elements
//     ...
//
// where brackets are what entries of the first names leave out.
enum StreamFlag : uint8_t { kStreamDeleted = 1, kStreamSameNames = 2 };

// Writes a stream as RdbType::stream_listpacks_2, which leaves out the times at which consumers
// were active, as far as it is wanted at a time. The stream neither changes nor goes before the
// end.
class RdbStreamSlices {
 public:
  explicit RdbStreamSlices(const data::Stream& stream) : stream_(stream) {}
  // Writes until the writer has written `end` bytes, or slightly more; true if that was all.
  bool write(RdbWriter& writer, uint64_t end);

 private:
  enum class Part : uint8_t { start, blocks, group, pending, consumer, ids };

  bool write_part(RdbWriter& writer, uint64_t end);
  bool write_blocks(RdbWriter& writer, uint64_t end);
  void write_progress(RdbWriter& writer) const;
  const data::StreamGroup& group() const { return *stream_.groups().begin()[group_]; }

  const data::Stream& stream_;
  Part next_ = Part::start;
  data::StreamId from_;     // of blocks, of pending entries, of ids
  ptrdiff_t group_ = 0;     // the one that is written, by its index
  ptrdiff_t consumer_ = 0;  // of that group
  bool is_done_ = false;
};

// If it is not in order the reader has failed, and the stream may hold anything.
data::Stream read_stream(RdbReader& reader, RdbType type, const data::Limits& limits);

}  // namespace gyre::persist
