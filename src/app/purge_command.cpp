#include "app/purge_command.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <iostream>

#include "app/admin_question.hpp"
#include "base/text.hpp"
#include "config/secret_file.hpp"

namespace sidecache::app {
namespace {

namespace json = boost::json;

constexpr std::string_view command_name = "purge";

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
  const std::pair<std::string_view, const std::string&> texts[]{{"plane", what.plane},
                                                                {"kind", what.kind},
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

}  // namespace

exit_code purge(const config::settings& settings, const purge_options& what, duration timeout) {
  auto body = body_of(what);
  if (!body) return complain(command_name, {exit_usage, body.error()});
  const auto said = ask_admin(settings, "/api/purge", json::serialize(*body), timeout);
  if (!said) return complain(command_name, said.error());
  const json::value* dropped = said->get_object().if_contains("dropped");
  if (dropped == nullptr) return complain(command_name, {exit_failed, "an answer that is none of sidecache's"});
  std::cout << (what.soft ? "to be revalidated: " : "dropped: ") << json::serialize(*dropped) << "\n";
  return exit_ok;
}

}  // namespace sidecache::app
