// GEOSEARCH, GEOSEARCHSTORE, GEORADIUS, GEORADIUSBYMEMBER, and the two that only read.
#include <utility>

#include "commands/collections.h"
#include "commands/geo/geo_found.h"
#include "commands/geo/geo_query.h"

namespace gyre::commands {
namespace {

using data::SortedSet;
using exec::Carry;
using exec::Request;
using store::Event;

using Center = GeoForm::Center;
constexpr GeoForm kSearch{.center = Center::options};
constexpr GeoForm kSearchStore{.center = Center::options, .source = 2, .destination = 1};
constexpr GeoForm kRadius{.center = Center::arguments, .may_store = true};
constexpr GeoForm kRadiusByMember{.center = Center::member, .may_store = true};
constexpr GeoForm kRadiusRead{.center = Center::arguments};
constexpr GeoForm kRadiusByMemberRead{.center = Center::member};

void reply_places(resp::Reply& reply, const GeoQuery& query, const GeoFound& found) {
  const size_t details = static_cast<size_t>(query.has_distance) +
                         static_cast<size_t>(query.has_hash) +
                         static_cast<size_t>(query.has_coordinates);
  reply.array(found.places.size());
  for (const GeoFound::Place& place : found.places) {
    if (details > 0) {
      reply.array(details + 1);
    }
    reply.bulk(found.name(place));
    if (query.has_distance) {
      reply_distance(reply, place.distance / query.unit);
    }
    if (query.has_hash) {
      reply.integer(static_cast<int64_t>(place.score));
    }
    if (query.has_coordinates) {
      reply_point(reply, place.point);
    }
  }
}

template <const GeoForm& kForm>
Status answer_search(Request& request, store::Shard& shard, resp::Reply& reply) {
  GYRE_TRY_LET(set, find_value<SortedSet>(request, shard));
  GYRE_TRY_LET(query, parse_geo_query(request, kForm, set));
  reply_places(reply, query, set == nullptr ? GeoFound() : search_places(*set, query));
  return {};
}

// The places as a sorted set, by their hashes or their distances.
SortedSet gather_places(const GeoQuery& query, const GeoFound& found, const data::Limits& limits) {
  SortedSet result;
  for (const GeoFound::Place& place : found.places) {
    const std::string_view name = found.name(place);
    const double score = query.stores_distance ? place.distance / query.unit : place.score;
    result.insert(result.find(name), name, score, limits);
  }
  return result;
}

// On the core of the source: leaves what is to be stored, an empty set included, if anything is.
template <const GeoForm& kForm>
Status read_source(Request& request, store::Shard& shard, Carry& carry) {
  if (!owns_key(request, kForm.source)) {
    return {};
  }
  Carry::Item& item = carry.at(kForm.source);
  const store::Key key{request.arg(kForm.source), item.hash};
  GYRE_TRY_LET(set, value_in<SortedSet>(shard.db(request.db).find(key, !request.no_touch())));
  GYRE_TRY_LET(query, parse_geo_query(request, kForm, set));
  item.number = query.destination;
  if (query.destination != 0) {
    SortedSet result;
    if (set != nullptr) {
      result = gather_places(query, search_places(*set, query), shard.options().limits);
    }
    item.entry =
        store::make_value(request.arg(query.destination), std::move(result), store::Entry::kNever);
  }
  return {};
}

template <const GeoForm& kForm, const Event& kEvent>
Status store_places(Request& request, store::Shard& shard, Carry& carry, resp::Reply& reply) {
  const auto destination = static_cast<uint32_t>(carry.at(kForm.source).number);
  if (destination == 0) {  // It was a search only.
    if (!owns_key(request, kForm.source)) {
      return {};
    }
    request.key = {request.arg(kForm.source), carry.at(kForm.source).hash};
    return answer_search<kForm>(request, shard, reply);
  }
  if (!owns_key(request, destination)) {
    return {};
  }
  store::Keyspace& db = shard.db(request.db);
  const store::Key key{request.arg(destination), carry.at(destination).hash};
  const size_t size = carry.at(kForm.source).entry->value<SortedSet>().size();
  if (size > 0) {
    db.put(key, carry.take(kForm.source));
    shard.commit(db, key, kEvent);
  } else if (db.erase(key)) {
    shard.commit(db, key, Event::del);
  }
  reply.integer(static_cast<int64_t>(size));
  return {};
}

constexpr Event kSearchStored{'z', "geosearchstore"};
constexpr Event kRadiusStored{'z', "georadiusstore"};

constexpr exec::KeySpec kStoreKeys[] = {
    {.flags = "OW update"},
    {.flags = "RO access", .index = 2},
};

constexpr exec::KeySpec keyword_key(int16_t from, std::string_view keyword) {
  return {.flags = "OW update",
          .begin = exec::KeySpec::Begin::keyword,
          .index = from,
          .keyword = keyword,
          .is_last_named = true};
}
constexpr exec::KeySpec kRadiusKeys[] = {
    {.flags = "RO access"}, keyword_key(6, "STORE"), keyword_key(6, "STOREDIST")};
constexpr exec::KeySpec kRadiusByMemberKeys[] = {
    {.flags = "RO access"}, keyword_key(5, "STORE"), keyword_key(5, "STOREDIST")};

constexpr exec::Change kSearchHistory[] = {{"7.0.0", "Units in upper case."},
                                           {"9.0.0", "`BYPOLYGON`."}};
constexpr exec::Change kRadiusHistory[] = {{"6.2.0", "`ANY` with `COUNT`."},
                                           {"7.0.0", "Units in upper case."}};

constexpr exec::Command row(std::string_view name, std::string_view since, std::string_view summary,
                            std::string_view syntax, std::span<const exec::KeySpec> keys,
                            exec::Shape shape) {
  const bool is_write = shape.kind == exec::Shape::Kind::gather;
  return {.name = name,
          .since = since,
          .group = exec::Group::geo,
          .complexity =
              "O(N+log(M)) where N is the number of places in the boxes that cover the "
              "shape and M the size of the sorted set",
          .summary = summary,
          .syntax = syntax,
          .history = kSearchHistory,
          .flags = is_write ? exec::kWrite | exec::kDenyoom : exec::kReadonly,
          .keys = keys,
          .shape = shape};
}

constexpr exec::Command old(exec::Command row, std::string_view replaced_by) {
  row.history = kRadiusHistory;
  row.flags |= row.keys.size() > 1 ? exec::kMovablekeys : 0;
  row.deprecated_since = "6.2.0";
  row.replaced_by = replaced_by;
  return row;
}

// For what has alternatives of different lengths.
constexpr exec::Command with_arity(exec::Command row, int16_t arity) {
  row.arity = arity;
  return row;
}

constexpr std::string_view kNewRadius = "`GEOSEARCH` and `GEOSEARCHSTORE` with `BYRADIUS`";
constexpr std::string_view kNewByMember =
    "`GEOSEARCH` and `GEOSEARCHSTORE` with `BYRADIUS` and `FROMMEMBER`";

constexpr exec::Command kRows[] = {
    with_arity(
        row("GEOSEARCH", "6.2.0", "Returns the places within a circle, a box or a polygon.",
            "key [FROMMEMBER member|FROMLONLAT longitude:double latitude:double] "
            "<BYRADIUS radius:double <M|KM|FT|MI>|BYBOX width:double height:double <M|KM|FT|MI>|"
            "BYPOLYGON num-vertices:integer longitude:double latitude:double "
            "[longitude:double latitude:double ...]> "
            "[ASC|DESC] [COUNT count [ANY]] [WITHCOORD] [WITHDIST] [WITHHASH]",
            exec::kReadKey, exec::owner(answer_search<kSearch>)),
        -7),
    with_arity(
        row("GEOSEARCHSTORE", "6.2.0", "Stores the places within a circle, a box or a polygon.",
            "destination source [FROMMEMBER member|FROMLONLAT longitude:double latitude:double] "
            "<BYRADIUS radius:double <M|KM|FT|MI>|BYBOX width:double height:double <M|KM|FT|MI>|"
            "BYPOLYGON num-vertices:integer longitude:double latitude:double "
            "[longitude:double latitude:double ...]> "
            "[ASC|DESC] [COUNT count [ANY]] [STOREDIST]",
            kStoreKeys,
            exec::gather(read_source<kSearchStore>, store_places<kSearchStore, kSearchStored>)),
        -8),
    old(row("GEORADIUS", "3.2.0", "Returns or stores the places within a circle.",
            "key longitude:double latitude:double radius:double <M|KM|FT|MI> [WITHCOORD] "
            "[WITHDIST] [WITHHASH] [COUNT count [ANY]] [ASC|DESC] "
            "[STORE storekey:key|STOREDIST storedistkey:key]",
            kRadiusKeys, exec::gather(read_source<kRadius>, store_places<kRadius, kRadiusStored>)),
        kNewRadius),
    old(row("GEORADIUSBYMEMBER", "3.2.0",
            "Returns or stores the places within a circle around one of them.",
            "key member radius:double <M|KM|FT|MI> [WITHCOORD] [WITHDIST] [WITHHASH] "
            "[COUNT count [ANY]] [ASC|DESC] [STORE storekey:key|STOREDIST storedistkey:key]",
            kRadiusByMemberKeys,
            exec::gather(read_source<kRadiusByMember>,
                         store_places<kRadiusByMember, kRadiusStored>)),
        kNewByMember),
    old(row("GEORADIUS_RO", "3.2.10", "Returns the places within a circle.",
            "key longitude:double latitude:double radius:double <M|KM|FT|MI> [WITHCOORD] "
            "[WITHDIST] [WITHHASH] [COUNT count [ANY]] [ASC|DESC]",
            exec::kReadKey, exec::owner(answer_search<kRadiusRead>)),
        "`GEOSEARCH` with `BYRADIUS`"),
    old(row("GEORADIUSBYMEMBER_RO", "3.2.10",
            "Returns the places within a circle around one of them.",
            "key member radius:double <M|KM|FT|MI> [WITHCOORD] [WITHDIST] [WITHHASH] "
            "[COUNT count [ANY]] [ASC|DESC]",
            exec::kReadKey, exec::owner(answer_search<kRadiusByMemberRead>)),
        "`GEOSEARCH` with `BYRADIUS` and `FROMMEMBER`"),
};

}  // namespace

extern const exec::Rows geo_geosearch{kRows};

}  // namespace gyre::commands
