// TIME, LOLWUT.
#include <cmath>
#include <string>

#include "base/clock.h"
#include "base/number.h"
#include "base/text.h"
#include "exec/request.h"
#include "server/versions.h"

namespace gyre::commands {
namespace {

using exec::Group;
using exec::Request;
using resp::Reply;
using store::Shard;

Status time(Request&, Shard&, Reply& reply) {
  const int64_t now_us = base::unix_us();
  reply.array(2);
  reply.bulk_integer(now_us / 1'000'000);
  reply.bulk_integer(now_us % 1'000'000);
  return {};
}

// A gyre: arms that wind around a middle, turned by a random angle.
std::string draw_gyre(int columns, int rows, int arms, double turn) {
  constexpr std::string_view kInk = " .:-=+*#%@";
  std::string art;
  for (int row = 0; row < rows; ++row) {
    for (int column = 0; column < columns; ++column) {
      const double x = (column + 0.5 - columns / 2.0) / (columns / 2.0);
      const double y = (row + 0.5 - rows / 2.0) / (rows / 2.0);
      const double radius = std::sqrt(x * x + y * y);
      const double angle = std::atan2(y, x);
      const double wave = std::cos(arms * angle + 9 * std::log(radius + 0.08) + turn);
      const double light = radius > 1 ? 0 : (wave + 1) / 2 * (1.15 - radius);
      const auto ink = static_cast<size_t>(light * static_cast<double>(kInk.size()));
      art += kInk[std::min(ink, kInk.size() - 1)];
    }
    art.erase(art.find_last_not_of(' ') + 1);
    art += '\n';
  }
  return art;
}

// LOLWUT [VERSION version] [columns [rows [arms]]]: there is one picture, whichever version is
// asked.
Status lolwut(Request& request, Shard& shard, Reply& reply) {
  int sizes[] = {66, 24, 3};
  constexpr int kMost[] = {160, 80, 12};
  size_t at = 1;
  if (request.size() > 2 && base::equals_ignore_case(request.arg(1), "VERSION")) {
    if (!base::parse_int64(request.arg(2))) {
      return fail(exec::errors::not_integer);
    }
    at = 3;
  }
  for (size_t i = 0; i < std::size(sizes) && at < request.size(); ++i, ++at) {
    const auto number = base::parse_int64(request.arg(at));
    if (!number) {
      return fail(exec::errors::not_integer);
    }
    sizes[i] = static_cast<int>(std::clamp<int64_t>(*number, 1, kMost[i]));
  }
  const double turn = static_cast<double>(shard.random().next() % 6283) / 1000;
  std::string text = draw_gyre(sizes[0], sizes[1], sizes[2], turn);
  text += "\nTurning and turning in the widening gyre. Redis ver. ";
  text += server::kRedisVersion;
  text += ", Gyre ver. ";
  text += server::kGyreVersion;
  text += '\n';
  reply.verbatim(text);
  return {};
}

constexpr exec::Command kRows[] = {
    {.name = "TIME",
     .since = "2.6.0",
     .group = Group::server,
     .complexity = "O(1)",
     .summary = "Tells the time: Unix seconds, and the microseconds in the present one.",
     .flags = exec::kLoading | exec::kStale | exec::kFast,
     .shape = exec::here(time),
     .tips = "nondeterministic_output"},
    {.name = "LOLWUT",
     .since = "5.0.0",
     .group = Group::server,
     .summary = "Draws a picture and tells the version.",
     .syntax = "[VERSION version]",
     .flags = exec::kReadonly | exec::kFast,
     .shape = exec::here(lolwut)},
};

}  // namespace

extern const exec::Rows server_time{kRows};

}  // namespace gyre::commands
