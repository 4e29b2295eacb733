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

// As RdbType::stream_listpacks_2. The times at which consumers were active are left out.
void write_stream(RdbWriter& writer, const data::Stream& stream);

// If it is not in order the reader has failed, and the stream may hold anything.
data::Stream read_stream(RdbReader& reader, RdbType type, const data::Limits& limits);

}  // namespace gyre::persist
