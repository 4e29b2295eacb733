#include "commands/stream/read_options.h"

#include <algorithm>

#include "base/clock.h"
#include "base/number.h"
#include "base/text.h"

namespace gyre::commands {
namespace {

Result<uint64_t> parse_milliseconds(std::string_view text) {
  const auto timeout_ms = base::parse_int64(text);
  if (!timeout_ms) {
    return fail("ERR timeout is not an integer or out of range");
  }
  if (*timeout_ms < 0) {
    return fail("ERR timeout is negative");
  }
  if (*timeout_ms > INT64_MAX - base::unix_ms()) {
    return fail("ERR timeout is out of range");
  }
  return static_cast<uint64_t>(*timeout_ms);
}

Status parse_streams(const exec::Request& request, size_t at, ReadOptions& options) {
  const size_t left = request.size() - at;
  if (left % 2 != 0) {
    return options.is_group
               ? fail(
                     "ERR Unbalanced 'xreadgroup' list of streams: for each stream key an ID or "
                     "'>' must be specified.")
               : fail(
                     "ERR Unbalanced 'xread' list of streams: for each stream key an ID, '+', or "
                     "'$' must be specified.");
  }
  options.first_key = static_cast<uint32_t>(at);
  options.keys = static_cast<uint32_t>(left / 2);
  return {};
}

// Reads options up to the keys.
Status parse_options(const exec::Request& request, ReadOptions& options) {
  const auto is = [&](size_t at, const char* word, size_t arguments) {
    return base::equals_ignore_case(request.arg(at), word) && at + arguments < request.size();
  };
  for (size_t i = 1; i < request.size(); ++i) {
    if (is(i, "BLOCK", 1)) {
      GYRE_TRY_LET(timeout_ms, parse_milliseconds(request.arg(++i)));
      options.block_ms = timeout_ms;
    } else if (is(i, "COUNT", 1)) {
      const auto count = base::parse_int64(request.arg(++i));
      if (!count) {
        return fail(exec::errors::not_integer);
      }
      options.count = *count > 0 ? static_cast<size_t>(*count) : SIZE_MAX;
    } else if (is(i, "STREAMS", 1)) {
      return parse_streams(request, i + 1, options);
    } else if (is(i, "GROUP", 2)) {
      if (!options.is_group) {
        return fail(
            "ERR The GROUP option is only supported by XREADGROUP. You called XREAD instead.");
      }
      options.group = request.arg(++i);
      options.consumer = request.arg(++i);
    } else if (is(i, "NOACK", 0)) {
      if (!options.is_group) {
        return fail(
            "ERR The NOACK option is only supported by XREADGROUP. You called XREAD instead.");
      }
      options.has_no_ack = true;
    } else {
      return fail(exec::errors::syntax);
    }
  }
  return fail(exec::errors::syntax);
}

}  // namespace

Result<ReadOptions> parse_read_options(const exec::Request& request, bool is_group) {
  ReadOptions options{.is_group = is_group};
  GYRE_TRY(parse_options(request, options));
  if (is_group && options.group.data() == nullptr) {
    return fail("ERR Missing GROUP option for XREADGROUP");
  }
  return options;
}

std::optional<uint64_t> read_timeout(const exec::Request& request, bool is_group) {
  const Result<ReadOptions> options = parse_read_options(request, is_group);
  return options ? options->block_ms : std::nullopt;
}

void narrow_read(const exec::Request& request, const ReadOptions& options, std::string_view id,
                 exec::ParkedKey& parked) {
  const uint32_t position = parked.key.position;
  parked.texts.assign(1, std::string(id));
  parked.argv.assign(request.argv, request.argv + options.first_key);
  parked.argv.push_back(request.arg(position));
  parked.argv.push_back(parked.texts[0]);
  parked.key.position = options.first_key;
}

Result<ReadOptions> parse_read_options(const exec::Request& request, const exec::Carry& carry,
                                       bool is_group) {
  GYRE_TRY_LET(options, parse_read_options(request, is_group));
  // A group by the name of "streams" may have been taken for the word before the keys.
  if (carry.items.size() != options.keys || carry.items[0].position != options.first_key) {
    return fail(exec::errors::syntax);
  }
  return options;
}

void BlobReply::more(resp::Reply& reply, size_t size) {
  base::Blob* blob = blob_.take();
  const size_t before = static_cast<size_t>(reply.at() - blob->data());
  blob->size = before;
  blob = base::Blob::resize(blob, std::max(blob->capacity * 2, before + size));
  blob_.reset(blob);
  reply.lend(blob->data() + before, blob->data() + blob->capacity);
}

void carry_error(exec::Carry& carry, uint32_t position, Error error) {
  exec::Carry::Item& item = carry.at(position);
  item.number = 1;
  item.entry = store::Entry::make_blob("", base::Blob::make(error.text()), store::Entry::kNever);
}

Status carried_error(const exec::Carry& carry) {
  for (const exec::Carry::Item& item : carry.items) {
    if (item.number != 0) {
      const std::string_view text = item.entry->blob()->view();
      return exec::format_error("%.*s", static_cast<int>(text.size()), text.data());
    }
  }
  return {};
}

void reply_carried(resp::Reply& reply, const exec::Carry& carry) {
  size_t count = 0;
  for (const exec::Carry::Item& item : carry.items) {
    count += item.entry != nullptr ? 1 : 0;
  }
  reply_sources(reply, count);
  for (const exec::Carry::Item& item : carry.items) {
    if (item.entry != nullptr) {
      base::Blob* blob = item.entry->blob();
      reply.raw(*blob, blob->view());
    }
  }
}

}  // namespace gyre::commands
