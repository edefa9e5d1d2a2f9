#include "app/purge_command.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <iostream>

#include "app/own_listener.hpp"
#include "base/text.hpp"
#include "config/secret_file.hpp"

namespace sidecache::app {
namespace {

namespace json = boost::json;

constexpr unsigned ok = 200;
constexpr unsigned bad_request = 400;

exit_code complain(exit_code code, std::string_view why) {
  std::cerr << "sidecache: purge: " << why << "\n";
  return code;
}

/// The file has the credential's header lines, or the value of x-portkey-api-key alone.
std::expected<json::object, std::string> credential_in(const std::string& file) {
  const auto text = config::read_secret_file(file);
  if (!text) return std::unexpected("--credential-file: " + text.error());
  json::object made;
  for (std::string_view rest = text->view(); !rest.empty();) {
    const auto line = trim(rest.substr(0, rest.find('\n')));
    rest.remove_prefix(std::min(rest.find('\n'), rest.size() - 1) + 1);
    if (line.empty()) continue;
    const auto colon = line.find(':');
    const auto name = lower(trim(line.substr(0, colon)));
    if (colon == std::string_view::npos) {
      made["x-portkey-api-key"] = line;
    } else if (name == "x-portkey-api-key" || name == "authorization") {
      made[name] = trim(line.substr(colon + 1));
    } else {
      return std::unexpected(
          "--credential-file: expected lines such as `x-portkey-api-key: …` or `Authorization: Bearer …`, or a key "
          "alone");
    }
  }
  return made;
}

std::expected<json::object, std::string> body_of(const purge_options& what) {
  json::object made;
  if (what.all) made["all"] = true;
  if (what.soft) made["soft"] = true;
  const std::pair<std::string_view, const std::string&> texts[]{{"kind", what.kind},
                                                                {"slug", what.slug},
                                                                {"uuid", what.uuid},
                                                                {"integration", what.integration},
                                                                {"workspace", what.workspace}};
  for (const auto& [key, value] : texts)
    if (!value.empty()) made[key] = value;
  if (what.credential_file.empty()) return made;
  auto credential = credential_in(what.credential_file);
  if (!credential) return std::unexpected(std::move(credential.error()));
  made["credential"] = std::move(*credential);
  return made;
}

/// What the listener says of its refusal, else its status.
std::string reason_in(const own_answer& answer) {
  json::error_code error;
  const json::value parsed = json::parse(answer.body, error);
  const json::value* message = error ? nullptr : parsed.find_pointer("/error/message", error);
  if (message != nullptr && message->is_string()) return std::string(message->get_string());
  return "the admin listener answered " + std::to_string(answer.status);
}

}  // namespace

exit_code purge(const config::settings& settings, const purge_options& what, duration timeout) {
  if (settings.admin.token_file.empty())
    return complain(exit_usage, "admin.token_file is not set: it has the token that a purge takes");
  const auto token = config::read_secret_file(settings.admin.token_file);
  if (!token) return complain(exit_usage, "admin.token_file: " + token.error());
  auto body = body_of(what);
  if (!body) return complain(exit_usage, body.error());

  const auto answer = ask_own_listener(
      settings.admin.listen, settings.tls,
      {.method = "POST", .target = "/api/purge", .token = std::string(token->view()), .json = json::serialize(*body)},
      timeout);
  if (!answer) return complain(exit_failed, answer.error());
  if (answer->status != ok)
    return complain(answer->status == bad_request ? exit_usage : exit_failed, reason_in(*answer));
  json::error_code error;
  const json::value parsed = json::parse(answer->body, error);
  const json::value* dropped = error ? nullptr : parsed.find_pointer("/dropped", error);
  if (dropped == nullptr) return complain(exit_failed, "an answer that is none of sidecache's");
  std::cout << (what.soft ? "to be revalidated: " : "dropped: ") << json::serialize(*dropped) << "\n";
  return exit_ok;
}

}  // namespace sidecache::app
