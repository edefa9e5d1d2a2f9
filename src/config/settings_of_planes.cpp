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
        "How often gateways ask a data plane for changes: where none did so for twice as long, no record is taken for fresh.",
        +[](settings& s) -> duration& { return s.plane.sync.interval; }),
    choice_row("sync.heal", "false", truth_words, restart,
        "Whether the next answer to a sync also names what gateways were served stale in an outage, so that they drop it.",
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
