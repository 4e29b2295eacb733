// GEOADD, GEOPOS, GEOHASH, GEODIST.
#include <vector>

#include "base/text.h"
#include "commands/collections.h"
#include "commands/geo/geo.h"

namespace gyre::commands {
namespace {

using data::GeoPoint;
using data::SortedSet;
using exec::Request;

constexpr store::Event kAdded{'z', "zadd"};

struct AddOptions {
  bool is_nx = false;
  bool is_xx = false;
  bool is_ch = false;
  size_t first = 2;  // argument of the first longitude
};

Result<AddOptions> parse_add(const Request& request) {
  AddOptions options;
  for (; options.first < request.size(); ++options.first) {
    const std::string_view option = request.arg(options.first);
    if (base::equals_ignore_case(option, "NX")) {
      options.is_nx = true;
    } else if (base::equals_ignore_case(option, "XX")) {
      options.is_xx = true;
    } else if (base::equals_ignore_case(option, "CH")) {
      options.is_ch = true;
    } else {
      break;
    }
  }
  const size_t left = request.size() - options.first;
  if (left == 0 || left % 3 != 0 || (options.is_nx && options.is_xx)) {
    return fail(exec::errors::syntax);
  }
  return options;
}

Status geoadd(Request& request, store::Shard& shard, resp::Reply& reply) {
  GYRE_TRY_LET(options, parse_add(request));
  std::vector<double> scores;
  for (size_t at = options.first; at < request.size(); at += 3) {
    GYRE_TRY_LET(point, parse_point(request, at));
    scores.push_back(static_cast<double>(data::geohash_of(point)));
  }
  GYRE_TRY_LET(set, find_value_for_write<SortedSet>(request, shard));
  if (set == nullptr) {
    if (options.is_xx) {
      reply.integer(0);
      return {};
    }
    set = &make_value<SortedSet>(shard.db(request.db), request.key);
  }
  const data::Limits& limits = shard.options().limits;
  set->reserve(scores.size(), request.arg(options.first + 2).size(), limits);
  int64_t added = 0;
  int64_t moved = 0;
  for (size_t i = 0; i < scores.size(); ++i) {
    const std::string_view name = request.arg(options.first + 3 * i + 2);
    const SortedSet::Place place = set->find(name);
    if (!place && !options.is_xx) {
      set->insert(place, name, scores[i], limits);
      ++added;
    } else if (place && !options.is_nx && place.score() != scores[i]) {
      set->set_score(place, name, scores[i]);
      ++moved;
    }
  }
  if (added + moved > 0) {
    shard.commit(shard.db(request.db), request.key, kAdded);
  }
  reply.integer(options.is_ch ? added + moved : added);
  return {};
}

Status geopos(Request& request, store::Shard& shard, resp::Reply& reply) {
  GYRE_TRY_LET(set, find_value<SortedSet>(request, shard));
  reply.array(request.size() - 2);
  for (const std::string_view name : request.args(2)) {
    const std::optional<GeoPoint> point = set == nullptr ? std::nullopt : find_point(*set, name);
    point ? reply_point(reply, *point) : reply.null_array();
  }
  return {};
}

Status geohash(Request& request, store::Shard& shard, resp::Reply& reply) {
  GYRE_TRY_LET(set, find_value<SortedSet>(request, shard));
  reply.array(request.size() - 2);
  for (const std::string_view name : request.args(2)) {
    const std::optional<GeoPoint> point = set == nullptr ? std::nullopt : find_point(*set, name);
    char text[11];
    point ? reply.bulk(data::geohash_text(*point, text)) : reply.null();
  }
  return {};
}

Status geodist(Request& request, store::Shard& shard, resp::Reply& reply) {
  if (request.size() > 5) {
    return fail(exec::errors::syntax);
  }
  double unit = 1;
  if (request.size() == 5) {
    GYRE_TRY_LET(meters, parse_unit(request.arg(4)));
    unit = meters;
  }
  GYRE_TRY_LET(set, find_value<SortedSet>(request, shard));
  if (set == nullptr) {
    reply.null();
    return {};
  }
  const std::optional<GeoPoint> from = find_point(*set, request.arg(2));
  const std::optional<GeoPoint> to = find_point(*set, request.arg(3));
  if (!from || !to) {
    reply.null();
    return {};
  }
  reply_distance(reply, data::geo_distance(*from, *to) / unit);
  return {};
}

constexpr exec::KeySpec kAddedKey[] = {{.flags = "RW update"}};
constexpr exec::Change kAddHistory[] = {{"6.2.0", "`CH`, `NX` and `XX`."}};

constexpr exec::Command reading(std::string_view name, std::string_view complexity,
                                std::string_view summary, std::string_view syntax,
                                exec::Handler handler) {
  return {.name = name,
          .since = "3.2.0",
          .group = exec::Group::geo,
          .complexity = complexity,
          .summary = summary,
          .syntax = syntax,
          .flags = exec::kReadonly,
          .keys = exec::kReadKey,
          .shape = exec::owner(handler)};
}

constexpr std::string_view kEachCost = "O(N) where N is the number of members asked for";

constexpr exec::Command kRows[] = {
    {.name = "GEOADD",
     .since = "3.2.0",
     .group = exec::Group::geo,
     .complexity = "O(log(N)) for each member, where N is the size of the sorted set",
     .summary = "Adds places to a sorted set, or moves them; creates a missing key.",
     .syntax = "key [NX|XX] [CH] longitude:double latitude:double member [longitude:double "
               "latitude:double member ...]",
     .history = kAddHistory,
     .flags = exec::kWrite | exec::kDenyoom,
     .keys = kAddedKey,
     .shape = exec::owner(geoadd),
     .repeat = exec::Repeat::same},
    reading("GEOPOS", kEachCost, "Returns longitude and latitude of places.",
            "key [member [member ...]]", geopos),
    reading("GEOHASH", kEachCost, "Returns the geohashes of places, as other programs know them.",
            "key [member [member ...]]", geohash),
    reading("GEODIST", "O(1)", "Returns the distance of two places.",
            "key member1 member2 [M|KM|FT|MI]", geodist),
};

}  // namespace

extern const exec::Rows geo_geoadd{kRows};

}  // namespace gyre::commands
