"""What bash, zsh and fish complete: commands, flags, files where a file is wanted, words where there are but a few."""

import re

NOTE = "# Written by deploy/terminal/write.py from `sidecache --help`; `./dev docs` writes it anew."


def brief(text):
    """The first clause: what fits beside a flag."""
    return re.split(r"(?<=\w)[.:;] | \(|\.$", text)[0]


def words_for(option, choices):
    """Those that may follow the flag, [] where only its user knows."""
    return option.choices or next((choices[flag] for flag in option.flags if flag in choices), [])


def of_settings(commands):
    return [option for option in next(each for each in commands if each.name == "serve").options if option.is_setting]


def in_quotes(text):
    return "'" + text.replace("'", "'\\''") + "'"


# --- bash

def bash_values(scope, options, choices):
    """Arms of `case "$command $before"`."""
    lines, files = [], []
    for option in options:
        patterns = "|".join(f'"{scope}{flag}"' if scope else f'*" {flag}"' for flag in option.flags)
        if option.takes_file or option.argument == "PATH" and option.is_setting:
            files.append(patterns)
        elif words := words_for(option, choices):
            lines.append(f"    {patterns}) _sidecache_words '{' '.join(words)}'; return ;;")
        elif option.argument:
            lines.append(f"    {patterns}) return ;;")
    if files:
        lines.append(f"    {'|'.join(files)}) _sidecache_files; return ;;")
    return lines


def bash(commands, choices):
    settings = of_settings(commands)
    lines = [NOTE, "_sidecache_words() { mapfile -t COMPREPLY < <(compgen -W \"$1\" -- \"$word\"); }",
             "_sidecache_files() { compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- \"$word\"); }", "",
             "_sidecache() {", "  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}",
             "  local command=${COMP_WORDS[1]}", "  COMPREPLY=()", "  if ((COMP_CWORD == 1)); then",
             f"    _sidecache_words '{' '.join(each.name for each in commands)} --help'", "    return", "  fi",
             '  case "$command $before" in']
    for command in commands:
        lines += bash_values(f"{command.name} ", command.own(), choices)
    lines += bash_values("", settings, choices)
    lines += ["  esac", "  local settings='" + " ".join(flag for each in settings for flag in each.flags) + "'",
              "  case $command in"]
    for command in commands:
        own = " ".join(flag for option in command.own() for flag in option.flags)
        all_flags = " ".join(filter(None, [own, "--help", "$settings" if command.takes_settings() else ""]))
        files = "; [[ $word == -* ]] || _sidecache_files" if command.positionals else ""
        lines.append(f'    {command.name}) _sidecache_words "{all_flags}"{files} ;;')
    return "\n".join([*lines, "  esac", "}", "complete -F _sidecache sidecache", ""])


# --- zsh

def zsh_spec(option, choices):
    text = re.sub(r"([\[\]:\\])", r"\\\1", brief(option.help))
    words = words_for(option, choices)
    argument = re.sub(r"[^\w]+", " ", option.argument).strip()
    action = f":{argument}:({' '.join(words)})" if words else f":{argument}:_files" if option.takes_file else \
        f":{argument}: " if argument else ""
    return [in_quotes(f"{flag}[{text}]{action}") for flag in option.flags]


def zsh(commands, choices):
    def specs(options):
        return [f"    {spec}" for option in options for spec in zsh_spec(option, choices)]
    lines = ["#compdef sidecache", NOTE, "_sidecache() {", "  local -a commands settings", "  commands=("]
    lines += ["    " + in_quotes(f"{each.name}:" + brief(each.summary).replace(":", "\\:")) for each in commands]
    lines += ["  )", "  settings=(", *specs(of_settings(commands)), "  )", "  if (( CURRENT == 2 )); then",
              "    _describe -t commands command commands", "    return", "  fi", "  local command=$words[2]",
              "  shift words", "  (( CURRENT-- ))", "  case $command in"]
    for command in commands:
        own = " ".join(spec.strip() for spec in specs(command.own()))
        parts = [own, "'--help[Say what there is]'", "$settings" if command.takes_settings() else "",
                 "'*:file:_files'" if command.positionals else ""]
        lines.append(f"    {command.name}) _arguments {' '.join(filter(None, parts))} ;;")
    return "\n".join([*lines, "  esac", "}", '_sidecache "$@"', ""])


# --- fish

def fish_line(condition, option, choices):
    names = " ".join(f"-l {flag[2:]}" if flag.startswith("--") else f"-s {flag[1:]}" for flag in option.flags)
    words = words_for(option, choices)
    value = f" -x -a '{' '.join(words)}'" if words else " -r -F" if option.takes_file else " -x" if option.argument else ""
    text = brief(option.help).replace("\\", "\\\\").replace("'", "\\'")
    return f"complete -c sidecache -n '{condition}' {names}{value} -d '{text}'"


def fish(commands, choices):
    lines = [NOTE, "complete -c sidecache -f", "complete -c sidecache -l help -d 'Say what there is'"]
    for command in commands:
        text = brief(command.summary).replace("'", "\\'")
        lines.append(f"complete -c sidecache -n __fish_use_subcommand -a {command.name} -d '{text}'")
    for command in commands:
        condition = f"__fish_seen_subcommand_from {command.name}"
        lines += [fish_line(condition, option, choices) for option in command.own()]
        if command.positionals:
            lines.append(f"complete -c sidecache -n '{condition}' -F")
    takers = "__fish_seen_subcommand_from " + " ".join(each.name for each in commands if each.takes_settings())
    lines += [fish_line(takers, option, choices) for option in of_settings(commands)]
    return "\n".join([*lines, ""])
