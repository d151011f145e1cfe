// `replay completions`: completions for a shell, generated from the table of commands and their help, so
// they are never out of date.

internal import Foundation
internal import Terminal
internal import Trials

/// Writes completions for a shell.
struct CompletionsCommand: Command {
  static let name = "completions"
  static let summary = "print what a shell needs to complete commands and options"
  static let help = """
    Usage: replay completions SHELL

    SHELL is bash, zsh or fish. To switch it on:

      bash   source <(replay completions bash)           in ~/.bashrc
      zsh    source <(replay completions zsh)            in ~/.zshrc, after compinit
      fish   replay completions fish | source            in ~/.config/fish/config.fish

    Exit codes: 0 printed, 2 unknown shell.
    """

  enum Shell: String, CaseIterable { case bash, zsh, fish }

  static func run(_ arguments: inout Arguments, _ context: Context) async throws -> Int32 {
    let words = try arguments.rest()
    guard words.count == 1 else { throw UsageError("completions takes one of bash, zsh, fish") }
    guard let shell = Shell(rawValue: words[0]) else {
      let hint = nearest(words[0], Shell.allCases.map(\.rawValue))
      throw UsageError("completions does not know '\(words[0])'; it takes bash, zsh, fish\(hint)")
    }
    context.console.write(script(shell))
    return 0
  }

  static func script(_ shell: Shell) -> String {
    switch shell {
    case .bash: bash
    case .zsh: "autoload -U +X bashcompinit && bashcompinit\n" + bash
    case .fish: fish
    }
  }

  private static var bash: String {
    let cases = commands.map { command in
      "    \(command.name)) words=\"\(command.options.names.joined(separator: " "))\" ;;"
    }
    return """
      _replay() {
        local word="${COMP_WORDS[COMP_CWORD]}" words
        if [ "$COMP_CWORD" -eq 1 ]; then
          words="\(commands.map { $0.name }.joined(separator: " ")) help"
          COMPREPLY=( $(compgen -W "$words" -- "$word") $(compgen -f -- "$word") )
          return
        fi
        case "${COMP_WORDS[1]}" in
      \(cases.joined(separator: "\n"))
          help) words="\(commands.map { $0.name }.joined(separator: " "))" ;;
          *) words="\(RunCommand.options.names.joined(separator: " "))" ;;
        esac
        case "$word" in
          -*) COMPREPLY=( $(compgen -W "$words" -- "$word") ) ;;
          *) COMPREPLY=( $(compgen -f -- "$word") ) ;;
        esac
      }
      complete -o filenames -F _replay replay
      """
  }

  private static var fish: String {
    let all = commands.map { $0.name }.joined(separator: " ")
    let lines = commands.flatMap { command -> [String] in
      [
        "complete -c replay -n \"not __fish_seen_subcommand_from \(all)\" -a \(command.name) "
          + "-d \(quoted(command.summary))"
      ]
        + command.options.entries.map { fishLine($0, of: command.name) }
    }
    return lines.joined(separator: "\n")
  }

  private static func fishLine(_ entry: OptionTable.Entry, of command: String) -> String {
    let value = entry.value.isEmpty ? "" : " -r"
    return "complete -c replay -n \"__fish_seen_subcommand_from \(command)\" "
      + "-l \(entry.name.dropFirst(2))\(value) -d \(quoted(entry.words))"
  }
}
