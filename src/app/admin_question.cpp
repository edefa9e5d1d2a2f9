#include "app/admin_question.hpp"

#include <boost/json/parse.hpp>
#include <iostream>

#include "app/own_listener.hpp"
#include "config/secret_file.hpp"

namespace sidecache::app {
namespace {

namespace json = boost::json;

constexpr unsigned ok = 200;
constexpr unsigned bad_request = 400;

/// What the listener says of its refusal, else its status.
std::string reason_in(const own_answer& answer) {
  json::error_code error;
  const json::value parsed = json::parse(answer.body, error);
  const json::value* message = error ? nullptr : parsed.find_pointer("/error/message", error);
  if (message != nullptr && message->is_string()) return std::string(message->get_string());
  return "the admin listener answered " + std::to_string(answer.status);
}

}  // namespace

std::expected<json::value, admin_refusal> ask_admin(const config::settings& settings, std::string_view target,
                                                    const std::string& body, duration timeout) {
  const auto refused = [](exit_code code, std::string why) {
    return std::unexpected(admin_refusal{code, std::move(why)});
  };
  own_question asked{.target = std::string(target)};
  if (!body.empty()) {
    if (settings.admin.token_file.empty())
      return refused(exit_usage, "admin.token_file is not set: it has the token that this takes");
    const auto token = config::read_secret_file(settings.admin.token_file);
    if (!token) return refused(exit_usage, "admin.token_file: " + token.error());
    asked.method = "POST";
    asked.token = token->view();
    asked.json = body;
  }
  const auto answer = ask_own_listener(settings.admin.listen, settings.tls, asked, timeout);
  if (!answer) return refused(exit_failed, answer.error());
  if (answer->status != ok)
    return refused(answer->status == bad_request ? exit_usage : exit_failed, reason_in(*answer));
  json::error_code error;
  json::value said = json::parse(answer->body, error);
  if (error || !said.is_object()) return refused(exit_failed, "an answer that is none of sidecache's");
  return said;
}

std::int64_t number(const json::value& in, std::string_view key) {
  const json::value* at = in.is_object() ? in.get_object().if_contains(key) : nullptr;
  json::error_code error;
  const auto value = at == nullptr ? 0 : at->to_number<std::int64_t>(error);
  return error ? 0 : value;
}

exit_code complain(std::string_view command, const admin_refusal& refusal) {
  std::cerr << "sidecache: " << command << ": " << refusal.why << "\n";
  return refusal.code;
}

}  // namespace sidecache::app
