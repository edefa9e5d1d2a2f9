#include "mock/journal.hpp"

#include <boost/json.hpp>

#include "mock/message.hpp"

namespace sidecache::mock {

namespace json = boost::json;

std::uint64_t journal::arrived(std::string_view method, std::string_view raw_target, const std::string& caller) {
  const auto number = next_++;
  ++total_;
  ++by_caller_[caller];
  std::string route(method);
  route.append(" ").append(path_of(raw_target));
  if (by_route_.size() >= route_limit && !by_route_.contains(route)) route = "other";
  ++by_route_[route];
  if (log_.size() == log_size) log_.pop_front();
  log_.push_back({number, std::string(method), std::string(raw_target), caller});
  return number;
}

void journal::answered(std::uint64_t number, unsigned status) {
  if (number < cleared_at_) return;
  ++answered_;
  ++by_status_[status];
  if (log_.empty() || number < log_.front().number) return;
  log_[number - log_.front().number].status = static_cast<int>(status);
}

void journal::clear() {
  cleared_at_ = next_;
  total_ = 0;
  answered_ = 0;
  by_route_.clear();
  by_caller_.clear();
  by_status_.clear();
  log_.clear();
}

json::object journal::to_json() const {
  json::object routes;
  for (const auto& [route, count] : by_route_) routes[route] = count;
  json::object callers;
  for (const auto& [caller, count] : by_caller_) callers[caller] = count;
  json::object statuses;
  for (const auto& [status, count] : by_status_) statuses[std::to_string(status)] = count;
  json::array log;
  for (const auto& one : log_) {
    json::object shown{{"method", one.method}, {"target", one.target}, {"caller", one.caller}, {"status", nullptr}};
    if (one.status >= 0) shown["status"] = one.status;
    log.emplace_back(std::move(shown));
  }
  return {{"total", total_},
          {"in_flight", total_ - answered_},
          {"by_route", std::move(routes)},
          {"by_caller", std::move(callers)},
          {"by_status", std::move(statuses)},
          {"log", std::move(log)}};
}

}  // namespace sidecache::mock
