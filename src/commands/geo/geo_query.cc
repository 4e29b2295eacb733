#include "commands/geo/geo_query.h"

#include <utility>

#include "base/number.h"
#include "base/text.h"

namespace gyre::commands {
namespace {

using data::GeoPoint;
using data::GeoShape;
using data::SortedSet;
using exec::Request;

Result<double> parse_size(std::string_view text, Error not_numeric) {
  const auto size = base::parse_double(text);
  if (!size) {
    return fail(not_numeric);
  }
  return *size;
}

// Reads arguments from left to right.
class GeoParser {
 public:
  GeoParser(const Request& request, const GeoForm& form, const SortedSet* set)
      : request_(request), form_(form), set_(set) {}

  Result<GeoQuery> parse() {
    query_.destination = form_.destination;
    at_ = form_.source + 1;
    GYRE_TRY(parse_fixed());
    while (at_ < request_.size()) {
      GYRE_TRY(parse_option());
    }
    GYRE_TRY(check());
    if (query_.count != 0 && query_.order == GeoQuery::Order::any && !query_.is_first) {
      query_.order = GeoQuery::Order::ascending;  // The nearest ones are meant.
    }
    return query_;
  }

 private:
  // Center and radius where they have their place before the options.
  Status parse_fixed() {
    if (form_.center == GeoForm::Center::options) {
      return {};
    }
    if (form_.center == GeoForm::Center::arguments) {
      GYRE_TRY(parse_center());
      return parse_radius();
    }
    if (set_ == nullptr) {
      at_ += 3;  // Nothing can be found around a member of nothing.
      return {};
    }
    GYRE_TRY(parse_member());
    return parse_radius();
  }

  Status parse_center() {
    GYRE_TRY_LET(point, parse_point(request_, at_));
    query_.shape.center = point;
    at_ += 2;
    return {};
  }
  Status parse_member() {
    if (set_ != nullptr) {
      const std::optional<GeoPoint> point = find_point(*set_, request_.arg(at_));
      if (!point) {
        return fail("ERR could not decode requested zset member");
      }
      query_.shape.center = *point;
    }
    ++at_;
    return {};
  }
  Status parse_radius() {
    GYRE_TRY_LET(radius, parse_size(request_.arg(at_), Error{"ERR need numeric radius"}));
    if (radius < 0) {
      return fail("ERR radius cannot be negative");
    }
    GYRE_TRY_LET(unit, parse_unit(request_.arg(at_ + 1)));
    query_.unit = unit;
    query_.shape.kind = GeoShape::Kind::circle;
    query_.shape.radius = radius * unit;
    at_ += 2;
    return {};
  }
  Status parse_box() {
    GYRE_TRY_LET(width, parse_size(request_.arg(at_), Error{"ERR need numeric width"}));
    GYRE_TRY_LET(height, parse_size(request_.arg(at_ + 1), Error{"ERR need numeric height"}));
    if (width < 0 || height < 0) {
      return fail("ERR height or width cannot be negative");
    }
    GYRE_TRY_LET(unit, parse_unit(request_.arg(at_ + 2)));
    query_.unit = unit;
    query_.shape.kind = GeoShape::Kind::box;
    query_.shape.width = width * unit;
    query_.shape.height = height * unit;
    at_ += 3;
    return {};
  }
  // The number of vertices, then longitude and latitude of each.
  Status parse_polygon() {
    const auto count = base::parse_int64(request_.arg(at_++));
    if (!count) {
      return fail("ERR invalid number of vertices");
    }
    if (*count < 3 || static_cast<uint64_t>(*count) > (request_.size() - at_) / 2) {
      return fail("ERR GEOSEARCH BYPOLYGON must have at least 3 vertices");
    }
    std::vector<GeoPoint> vertices;
    for (int64_t i = 0; i < *count; ++i, at_ += 2) {
      GYRE_TRY_LET(vertex, parse_point(request_, at_));
      vertices.push_back(vertex);
    }
    query_.shape = GeoShape::polygon(std::move(vertices));
    return {};
  }
  Status parse_count() {
    const auto count = base::parse_int64(request_.arg(at_++));
    if (!count) {
      return fail(exec::errors::not_integer);
    }
    if (*count <= 0) {
      return fail("ERR COUNT must be > 0");
    }
    query_.count = *count;
    return {};
  }

  Status parse_option() {
    const std::string_view option = request_.arg(at_++);
    const auto is = [&](std::string_view name) { return base::equals_ignore_case(option, name); };
    if (parse_flag(option)) {
      return {};
    }
    const size_t left = request_.size() - at_;
    if (is("COUNT") && left >= 1) {
      return parse_count();
    }
    if (form_.may_store && (is("STORE") || is("STOREDIST")) && left >= 1) {
      query_.stores_distance = is("STOREDIST");
      query_.destination = static_cast<uint32_t>(at_++);
      return {};
    }
    if (form_.center != GeoForm::Center::options) {
      return fail(exec::errors::syntax);
    }
    if (is("BYPOLYGON") && left >= 1 && !has_point_ && !has_member_ && !has_radius_ && !has_box_) {
      has_polygon_ = true;
      return parse_polygon();
    }
    if (has_polygon_) {
      return fail(exec::errors::syntax);
    }
    if (is("FROMMEMBER") && left >= 1 && !has_point_) {
      has_member_ = true;
      return parse_member();
    }
    if (is("FROMLONLAT") && left >= 2 && !has_member_) {
      has_point_ = true;
      return parse_center();
    }
    if (is("BYRADIUS") && left >= 2 && !has_box_) {
      has_radius_ = true;
      return parse_radius();
    }
    if (is("BYBOX") && left >= 3 && !has_radius_) {
      has_box_ = true;
      return parse_box();
    }
    return fail(exec::errors::syntax);
  }

  bool parse_flag(std::string_view option) {
    if (base::equals_ignore_case(option, "ASC")) {
      query_.order = GeoQuery::Order::ascending;
      return true;
    }
    if (base::equals_ignore_case(option, "DESC")) {
      query_.order = GeoQuery::Order::descending;
      return true;
    }
    if (form_.destination != 0 && base::equals_ignore_case(option, "STOREDIST")) {
      return query_.stores_distance = true;
    }
    const struct {
      std::string_view name;
      bool& flag;
    } known[] = {{"ANY", query_.is_first},
                 {"WITHDIST", query_.has_distance},
                 {"WITHHASH", query_.has_hash},
                 {"WITHCOORD", query_.has_coordinates}};
    for (const auto& flag : known) {
      if (base::equals_ignore_case(option, flag.name)) {
        return flag.flag = true;
      }
    }
    return false;
  }

  Status check() const {
    if (query_.destination != 0 &&
        (query_.has_distance || query_.has_hash || query_.has_coordinates)) {
      return exec::format_error(
          "ERR %s is not compatible with WITHDIST, WITHHASH and WITHCOORD options",
          form_.destination != 0 ? "GEOSEARCHSTORE" : "STORE option in GEORADIUS");
    }
    const std::string_view name = request_.arg(0);
    const bool is_search = form_.center == GeoForm::Center::options && !has_polygon_;
    if (is_search && !has_member_ && !has_point_) {
      return exec::format_error(
          "ERR exactly one of FROMMEMBER or FROMLONLAT can be specified for %.*s",
          static_cast<int>(name.size()), name.data());
    }
    if (is_search && !has_radius_ && !has_box_) {
      return exec::format_error("ERR exactly one of BYRADIUS and BYBOX can be specified for %.*s",
                                static_cast<int>(name.size()), name.data());
    }
    if (query_.is_first && query_.count == 0) {
      return fail("ERR the ANY argument requires COUNT argument");
    }
    return {};
  }

  const Request& request_;
  const GeoForm& form_;
  const SortedSet* set_;
  GeoQuery query_;
  size_t at_ = 0;
  bool has_member_ = false;
  bool has_point_ = false;
  bool has_radius_ = false;
  bool has_box_ = false;
  bool has_polygon_ = false;
};

}  // namespace

Result<GeoQuery> parse_geo_query(const Request& request, const GeoForm& form,
                                 const SortedSet* set) {
  return GeoParser(request, form, set).parse();
}

}  // namespace gyre::commands
