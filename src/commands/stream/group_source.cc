#include "commands/stream/group_source.h"

namespace gyre::commands {

using data::Stream;
using data::StreamGroup;
using data::StreamId;

namespace {

Status refuse(const char* id) {
  return exec::format_error(
      "ERR The %s ID is meaningless in the context of XREADGROUP: you want to read the history of "
      "this consumer by specifying a proper ID, or use the > ID to get new messages. The %s ID "
      "would just return an empty result set.",
      id, id);
}

}  // namespace

Result<GroupSource> find_group_source(const exec::Request& request, const ReadOptions& options,
                                      store::Entry* entry, uint32_t position) {
  GYRE_TRY_LET(stream, value_in<Stream>(entry));
  StreamGroup* group = stream != nullptr ? stream->find_group(options.group) : nullptr;
  if (group == nullptr) {
    const std::string_view key = request.arg(position);
    return exec::format_error(
        "NOGROUP No such key '%.*s' or consumer group '%.*s' in XREADGROUP with GROUP option",
        static_cast<int>(key.size()), key.data(), static_cast<int>(options.group.size()),
        options.group.data());
  }
  const std::string_view text = request.arg(position + options.keys);
  if (text == "$" || text == "+") {
    GYRE_TRY(refuse(text == "$" ? "$" : "+"));
  }
  StreamId behind = StreamId::max();
  if (text != ">") {
    GYRE_TRY_LET(id, parse_stream_id(text, 0));
    behind = id;
  }
  const bool is_history = behind < StreamId::max();
  return GroupSource{stream, group, is_history, range_behind(is_history ? behind : group->last_id)};
}

}  // namespace gyre::commands
