"""sidecache(1) and sidecache.yaml(5) in man(7)'s macros."""

FILES = [("/etc/sidecache/sidecache.yaml", "What the systemd unit and the image start with; see sidecache.yaml(5).")]
EXIT_CODES = [("0", "After SIGTERM or SIGINT, once what was being answered is answered; a question that was answered well."),
              ("1", "health: it is not ready. purge, coverage, shadow-report, drill: it does not answer, or refuses. "
                    "shadow-report: nothing was compared. "
                    "replay: one of its limits did not hold."),
              ("64", "Usage or configuration; everything that is wrong is on standard error."),
              ("65", "shadow-report: memory would have given a wrong answer."),
              ("69", "The target of replay is unreachable."),
              ("70", "A bug."), ("71", "An address can't be bound.")]


def plain(text):
    """Text as itself: no escapes, no requests at the beginning of a line."""
    text = text.replace("\\", "\\e").replace("-", "\\-").replace("`", "\\(ga").replace("^", "\\(ha").replace("~", "\\(ti")
    return "\n".join(f"\\&{line}" if line.startswith((".", "'")) else line for line in text.split("\n"))


def header(name, section, date, version):
    return [f'.TH {name} {section} {date} "sidecache {version}"']


def entry(term, text):
    return [".TP", term, plain(text)]


def as_it_is(text):
    lines = [plain(line) for line in text.split("\n")]
    return [".PP", ".nf", *[line or "\\&" for line in lines], ".fi"]


def flags_of(option):
    names = ", ".join(f"\\fB{plain(flag)}\\fR" for flag in option.flags)
    argument = option.argument.strip("'")
    return f"{names} \\fI{plain(argument)}\\fR" if argument else names


def help_of(option):
    text = option.help
    if option.choices:
        text += f" One of {', '.join(option.choices)}."
    if option.default:
        text += f" Default: {option.default}"
    return text or "As the settings say."


def of_command(command):
    lines = [f".SS {plain(command.usage)}", plain(command.summary) + "."]
    for name, text in command.positionals:
        lines += entry(f"\\fI{plain(name.split(' ')[0])}\\fR", text)
    for option in command.own():
        lines += entry(flags_of(option), help_of(option))
    if command.takes_settings():
        lines += [".PP", "The flags of all settings, below, are taken too."]
    return lines + (as_it_is(command.prose) if command.prose else [])


def sidecache_1(summary, commands, date, version):
    settings = next(command for command in commands if command.name == "serve")
    lines = header("SIDECACHE", 1, date, version)
    lines += [".SH NAME", f"sidecache \\- {plain(summary[0].lower() + summary[1:].rstrip('.'))}",
              ".SH SYNOPSIS", ".B sidecache", ".I COMMAND", ".RI [ OPTION ...]",
              ".SH DESCRIPTION", "Answers lookups of integrations, virtual keys and providers from memory, and passes "
              "everything else on to the control plane. When that is slow, wrong or gone, what was asked before is still "
              "answered.", ".PP", plain("A flag beats the environment, which beats the file, which beats the default."),
              ".SH COMMANDS"]
    for command in commands:
        lines += of_command(command)
    lines += [".SH SETTINGS", "As sidecache.yaml(5) has them in full, with their bounds and variables of the environment."]
    for option in settings.options:
        if option.is_setting:
            lines += entry(flags_of(option), help_of(option))
    lines += [".SH SIGNALS"]
    lines += entry("\\fBSIGTERM\\fR", "Answers what has come and ends, in the phases that the settings of shutdown give.")
    lines += entry("\\fBSIGINT\\fR", "The same, without shutdown.delay and shutdown.linger.")
    lines += entry("\\fBSIGHUP\\fR", "Reads the configuration anew; what is wrong with it, or takes a restart, is refused as a "
                   "whole and logged.")
    lines += entry("\\fBSIGUSR2\\fR", "With serve --supervise: starts a new worker, which takes over from the old one.")
    lines += [".SH EXIT STATUS"]
    for code, text in EXIT_CODES:
        lines += entry(f"\\fB{code}\\fR", text)
    lines += [".SH FILES"]
    for file, text in FILES:
        lines += entry(f"\\fI{plain(file)}\\fR", text)
    return "\n".join([*lines, ".SH SEE ALSO", ".BR sidecache.yaml (5),", ".BR systemd.socket (5)", ""])


def sidecache_yaml_5(introduction, settings, examples, date, version):
    lines = header("SIDECACHE.YAML", 5, date, version)
    lines += [".SH NAME", "sidecache.yaml \\- configuration of sidecache(1)", ".SH DESCRIPTION"]
    for paragraph in introduction.split("\n\n"):
        lines += [".PP", plain(paragraph)] if lines[-1] != ".SH DESCRIPTION" else [plain(paragraph)]
    lines += [".PP", "A key with a dot is one of a map: cache.ttl is ttl below cache.", ".SH SETTINGS"]
    for setting in settings:
        lines += entry(f"\\fB{plain(setting.key)}\\fR", setting.help)
        lines += [".IP", plain(f"Values: {setting.values}.") + (f" Default: {plain(setting.default)}." if setting.default else ""),
                  plain(f"Flag {setting.flag}, environment {setting.variable}.")]
    lines += [".SH LISTS OF MAPS", *as_it_is(examples)[1:]]
    return "\n".join([*lines, ".SH SEE ALSO", ".BR sidecache (1)", ""])
