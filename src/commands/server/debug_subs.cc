// The subcommands of DEBUG. Unlike those of other containers they are no rows, as in Redis.
#include "base/text.h"
#include "commands/server/debug.h"

namespace gyre::commands {
namespace {

using Kind = DebugKind;

struct Sub {
  std::string_view name;
  size_t size_min;  // with DEBUG and the name
  size_t size_max;
  Kind kind;
};

constexpr Sub kSubs[] = {{"AOF-FLUSH-SLEEP", 3, 3, Kind::accepted},
                         {"CHANGE-REPL-ID", 2, 2, Kind::change_repl_id},
                         {"DICT-RESIZING", 3, 3, Kind::accepted},
                         {"DIGEST", 2, 2, Kind::digest},
                         {"DIGEST-VALUE", 2, SIZE_MAX, Kind::digest_value},
                         {"ERROR", 3, 3, Kind::error},
                         {"HELP", 2, 2, Kind::help},
                         {"HTSTATS", 3, 4, Kind::htstats},
                         {"LISTPACK", 3, 3, Kind::layout},
                         {"LOADAOF", 2, SIZE_MAX, Kind::load_aof},
                         {"LOG", 3, 3, Kind::log},
                         {"OBJECT", 3, 3, Kind::object},
                         {"PAUSE-CRON", 3, 3, Kind::accepted},
                         {"POPULATE", 3, 5, Kind::populate},
                         {"PROTOCOL", 3, 3, Kind::protocol},
                         {"QUICKLIST", 3, 4, Kind::layout},
                         {"QUICKLIST-PACKED-THRESHOLD", 3, 3, Kind::packed_threshold},
                         {"RELOAD", 2, SIZE_MAX, Kind::reload},
                         {"REPLYBUFFER", 4, 4, Kind::reply_buffer},
                         {"SDSLEN", 3, 3, Kind::sdslen},
                         {"SET-ACTIVE-EXPIRE", 3, 3, Kind::active_expire},
                         {"SET-DISABLE-DENY-SCRIPTS", 3, 3, Kind::accepted},
                         {"SET-SKIP-CHECKSUM-VALIDATION", 3, 3, Kind::skip_checksum},
                         {"SLEEP", 3, 3, Kind::sleep},
                         {"STRINGMATCH-LEN", 4, 4, Kind::match}};

}  // namespace

std::optional<DebugKind> find_debug(const exec::Request& request) {
  for (const Sub& sub : kSubs) {
    if (base::equals_ignore_case(request.arg(1), sub.name) && request.size() >= sub.size_min &&
        request.size() <= sub.size_max) {
      return sub.kind;
    }
  }
  return std::nullopt;
}

}  // namespace gyre::commands
