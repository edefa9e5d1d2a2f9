// The changes that gateways ask for.
#include <array>

#include "config/setting_rows.hpp"

namespace sidecache::config {
namespace {

using namespace std::chrono_literals;
using enum change;
using namespace rows;

// clang-format off: one setting, one paragraph
constexpr std::array table{
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
};
// clang-format on

}  // namespace

std::span<const setting> sync_rows() { return table; }

}  // namespace sidecache::config
