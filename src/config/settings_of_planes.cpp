// The changes that gateways ask for.
#include <array>

#include "config/setting_rows.hpp"

namespace sidecache::config {
namespace {

using namespace std::chrono_literals;
using enum change;
using namespace rows;

// clang-format off: one setting, one paragraph
constexpr std::array sync_table{
    time_row("sync.interval", "30s", 1s, 60min, restart,
        "The least time between two syncs of the same gateways: what a data plane was told since one passed here is fresh until the next could pass elsewhere.",
        +[](settings& s) -> duration& { return s.plane.sync.interval; }),
    time_row("sync.unheard_ttl", "0s", 0s, 60min, restart,
        "How long a data plane's records are fresh while no sync passes here; a gateway may keep for a week what it is given stale.",
        +[](settings& s) -> duration& { return s.plane.sync.unheard_ttl; }),
    choice_row("sync.heal", "false", truth_words, restart,
        "Whether the next answers to a sync also name what gateways were served stale, and again what the control plane named before, so that they drop it.",
        [](auto& s) -> auto& { return s.plane.sync.heal; }),
    row("sync.poll_path", value_type::path, "", restart,
        "Path and query by which sidecache asks for changes itself, such as /v1/organisation/ORG/sync/1; without it only what gateways are told is known.",
        +[](settings& s) -> std::string& { return s.plane.sync.poll_path; }),
    row("sync.identifier_file", value_type::kept_file, "", restart,
        "File in which sidecache keeps the identifier that it asks by, its own in each replica; made if it is not there.",
        +[](settings& s) -> std::string& { return s.plane.sync.identifier_file; }),
    row("sync.credential_file", value_type::secret_file, "", restart,
        "File with the value of Authorization that it asks with.",
        +[](settings& s) -> std::string& { return s.plane.sync.credential_file; }),
    row("sync.peers", value_type::urls, "", restart,
        "The other sidecaches before the same gateways, by the URLs of their admin listeners: each address of each is asked what it has served stale while a sync passes here.",
        +[](settings& s) -> std::vector<weighted_url>& { return s.plane.sync.peers; }),
    row("sync.peer_secret_file", value_type::secret_file, "", restart,
        "File with what all of these share, at least 32 characters: by it they know each other, and tell organisations apart alike.",
        +[](settings& s) -> std::string& { return s.plane.sync.peer_secret_file; }),
    row("sync.peer_ca_file", value_type::file, "", restart,
        "PEM file with the authorities that sign the certificates of https peers; without it the system's.",
        +[](settings& s) -> std::string& { return s.plane.sync.peer_ca_file; }),
};
// clang-format on

}  // namespace

std::span<const setting> sync_rows() { return sync_table; }

}  // namespace sidecache::config
