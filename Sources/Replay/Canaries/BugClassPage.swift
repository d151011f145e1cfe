// The page about the bug classes, for people who build streaming proxies: written from the table that
// also drives the canaries, so that neither can say what the other does not know.

internal import Judging
internal import MockQwen
internal import Recordings
internal import Terminal
package import Trials
internal import Wire

extension BugClass {
  /// `docs/bug-classes.md`.
  package static var page: String {
    let families = Family.allCases.map { family -> String in
      let own = all.filter { $0.family == family }
      return (["## \(family.rawValue). \(family.title)", ""] + own.map(\.section))
        .joined(separator: "\n")
    }
    let checks = Check.allCases.map { "| `\($0.rawValue)` | \($0.promise) |" }
    return
      ([introduction, index] + families + [
        "## The checks", "", "| check | what it promises |", "|---|---|",
      ]).joined(separator: "\n") + "\n" + checks.joined(separator: "\n") + "\n"
  }

  /// Links to all classes, by family, and to those that each check notices.
  private static var index: String {
    let rows = Family.allCases.map { family in
      let links = all.filter { $0.family == family }.map { "[\($0.id)](#\($0.id))" }
      return "| \(family.rawValue). \(family.title) | \(links.joined(separator: ", ")) |"
    }
    let byCheck = Check.allCases.compactMap { check -> String? in
      let links = all.filter { $0.checks.contains(check) }.map { "[\($0.number)](#\($0.id))" }
      return links.isEmpty ? nil : "| `\(check.rawValue)` | \(links.joined(separator: ", ")) |"
    }
    return
      (["## Index", "", "| about | classes |", "|---|---|"] + rows
      + ["", "| noticed by | numbers |", "|---|---|"] + byCheck + [""]).joined(separator: "\n")
  }

  private static var introduction: String {
    """
    # \(all.count) ways to lose a block

    A streaming proxy reads bytes from an upstream and writes bytes to a client, and in between it is
    tempted: to take a read for a whole number of events, to decode what it only has to hand on, to
    call an end an end. These are the classes of bugs that come of it, most of them seen in public
    projects: proxies, and also servers and clients, since a proxy is both. For each there is what
    such a proxy does, bytes that bring it out (` | ` stands between two reads), what the client sees,
    the check of `replay` that notices it, and threads that report it. Threads were found by search;
    what they say of causes is theirs.

    `replay canaries` proves the checks: for each class it runs a small proxy that has this bug, and
    it must be caught. `replay run` and `replay fuzz` print how many of the classes a run has
    exercised. This page is written by `replay canaries --page`; a test holds it to the program.

    """
  }

  /// The class as a section of the page.
  private var section: String {
    var lines = [
      "<a id=\"\(id)\"></a>", "", "### \(number). \(id)", "", "\(title).", "",
      "- Bytes: `\(picture)`",
      "- The client sees: \(symptom).",
      "- Noticed by: \(checks.map { "`\($0.rawValue)`" }.joined(separator: ", "))",
    ]
    if let policy { lines.append("- What counts as right: \(policy).") }
    if let canaryLine { lines.append(canaryLine) }
    if !threads.isEmpty {
      lines.append("- Reported in: \(threads.map(Self.link).joined(separator: ", "))")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private var canaryLine: String? {
    if let reason = Canary.notApplicable.first(where: { $0.bugClass == id })?.reason {
      return "- No canary: \(reason)."
    }
    let variants = Canary.all.filter { $0.bugClass == id && $0.name != id }.map { "`\($0.name)`" }
    return variants.isEmpty ? nil : "- Canaries: \(variants.joined(separator: ", "))"
  }

  /// `owner/repo#number` as a link; what names no thread as it is.
  private static func link(_ thread: String) -> String {
    let parts = thread.split(separator: "#")
    guard parts.count == 2 else { return "`\(thread)`" }
    return "[\(thread)](https://github.com/\(parts[0])/issues/\(parts[1]))"
  }
}
