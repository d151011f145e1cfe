// Words of a command line: hints for what is mistyped, options out of help texts, completions, configs.

import Foundation
import MockQwen
import TestSupport
import Testing

@testable import Commands
@testable import Recordings
@testable import Terminal
@testable import Trials

@Suite struct CommandWordsTests {
  @Test(
    arguments: [
      ("rnu", "run"), ("run", "run"), ("canary", nil), ("cust", "cuts"), ("RUN", "run"),
      ("xyzzy", nil), ("", nil), ("evnts", "events"), ("chu", "chunks"),
    ] as [(String, String?)])
  func theNearestWordIsFound(_ word: String, _ near: String?) {
    let known = ["run", "cuts", "chunks", "events", "prove"]
    #expect(nearestWord(word, known) == near)
  }

  @Test func aLongWordCostsLittle() {
    #expect(nearestWord(String(repeating: "a", count: 100_000), ["run"]) == nil)
  }

  @Test func optionsAreThoseOfTheHelp() {
    let table = OptionTable(help: RunCommand.help)
    for name in [
      "--plans", "--plan", "--stage", "--seed", "--core", "--policy", "--report", "--target",
      "--listen", "--launch", "--known", "--verbose", "--config", "--no-annotations", "--help",
    ] { #expect(table.names.contains(name), "\(name)") }
    #expect(table.entries.first { $0.name == "--seed" }?.value == "N")
    #expect(table.entries.first { $0.name == "--verbose" }?.value == "")
    #expect(Set(table.names).count == table.names.count)
  }

  /// Every option that a command's source takes is one of its help, so that hints know it.
  @Test func helpFitsATerminal() {
    for command in commands {
      let shown = wrapped(command.help)
      let lines = shown.split(separator: "\n", omittingEmptySubsequences: false)
      #expect(lines.allSatisfy { $0.count <= 100 }, "\(command.name)")
      #expect(
        shown.split(whereSeparator: \.isWhitespace)
          == command.help.split(whereSeparator: \.isWhitespace))
    }
    #expect(
      wrapped("  odd=  one two three", columns: 16) == "  odd=  one two\n        three")
    #expect(wrapped("  x, one two three", columns: 12) == "  x, one two\n  three")
    #expect(wrapped("a\n\n  b c", columns: 3) == "a\n\n  b\n  c")
  }

  @Test func everyOptionOfARunIsInItsHelp() {
    let table = OptionTable(help: RunCommand.help)
    for name in [
      "--accept-unproven", "--compare", "--ignore", "--fragment-pause", "--record-known",
    ] {
      #expect(table.names.contains(name), "\(name)")
    }
  }

  @Test(arguments: CompletionsCommand.Shell.allCases)
  func completionsHoldAllCommands(_ shell: CompletionsCommand.Shell) {
    let script = CompletionsCommand.script(shell)
    for command in commands { #expect(script.contains(command.name), "\(command.name)") }
    #expect(script.contains(shell == .fish ? "-l max-cases" : "--max-cases"))
  }

  @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/bin/bash"), "no bash"))
  func bashTakesTheCompletions() async throws {
    try await withTemporaryFolder { folder in
      try put(Array(CompletionsCommand.script(.bash).utf8), "replay.bash", in: folder)
      let line =
        "source '\(folder)/replay.bash'; COMP_WORDS=(replay run --se); COMP_CWORD=2; _replay; "
        + "echo \"${COMPREPLY[@]}\"; COMP_WORDS=(replay pro); COMP_CWORD=1; _replay; "
        + "echo \"${COMPREPLY[@]}\""
      let shell = try ChildProcess("/bin/bash", ["-c", line], folder: folder)
      #expect(try await shell.exitCode() == 0)
      #expect(String(decoding: shell.output, as: UTF8.self) == "--seed\nprove proxy\n")
    }
  }

  /// zsh and fish take them too, where they are installed.
  @Test(
    arguments: [
      (
        "zsh", CompletionsCommand.Shell.zsh,
        "autoload -Uz compinit; compinit -u -D; source ./f; print ${_comps[replay]}", "_replay"
      ),
      ("fish", .fish, "source ./f; complete -C 'replay run --plans'", "--plans\tquick"),
    ])
  func otherShellsTakeThem(
    _ name: String, _ shell: CompletionsCommand.Shell, _ line: String, _ words: String
  ) async throws {
    let path = "/usr/bin/\(name)"
    guard FileManager.default.isExecutableFile(atPath: path) else { return }
    try await withTemporaryFolder { folder in
      try put(Array(CompletionsCommand.script(shell).utf8), "f", in: folder)
      let program = try ChildProcess(
        path, ["-c", "cd '\(folder)'; " + line], environment: ["HOME": folder], folder: folder)
      #expect(try await program.exitCode() == 0, "\(program.errors)")
      let output = String(decoding: program.output, as: UTF8.self)
      #expect(output.contains(words), "\(output) \(program.errors)")
    }
  }

  @Test func valuesThatAreNotComparedAreMasked() {
    let body = Array(
      #"data: {"id":"a","created":17,"x":{"id": "b\"c"},"idx":1}"#.utf8)
    let masked = String(decoding: masked(masked(body, "id"), "created"), as: UTF8.self)
    #expect(masked == #"data: {"id":"***","created":"***","x":{"id": "***"},"idx":1}"#)
    #expect(Commands.masked(Array(#""id":"#.utf8), "id") == Array(#""id":"#.utf8))
    #expect(Commands.masked(Array(#""id":"x"#.utf8), "id").count == 10)
  }

  @Test func aTimelineShowsTheBlocksThatAreAskedFor() {
    let session = SampleReports.session
    #expect(timeline(session, blocks: 2...2).count == 1)
    #expect(timeline(session, blocks: 2...2)[0].contains("!"))
    #expect(timeline(session).count > 2)
    #expect(timeline(session, blocks: 9...9).isEmpty)
  }

  @Test func progressSaysHowLongTheRestTakes() {
    #expect(
      ProgressMeter.text(3_000, 9_000, "plans", seconds: 2)
        == "3,000 of 9,000 plans, 1,500/s, about 4.0 s left")
    #expect(ProgressMeter.text(5, 0, "cases", seconds: 10) == "5 cases, 0/s")
    #expect(ProgressMeter.text(0, 9, "plans", seconds: 0) == "0 of 9 plans")
  }

  /// Without a terminal a line a minute, on one five a second.
  @Test func aHeartbeatIsALineAMinute() {
    let quiet = ProgressMeter(.plain, "plans")
    #expect(
      [0, 599, 600, 601, 1_199, 1_200].map(quiet.isDue) == [false, false, true, false, false, true])
    let shown = ProgressMeter(Console(environment: [:], isErrorTerminal: true), "plans")
    #expect([0, 1, 2, 3, 4].map(shown.isDue) == [true, false, true, false, true])
  }

  @Test func aTargetOfTheConfigGivesWayToTheCommandLine() async throws {
    try await withTemporaryFolder { folder in
      let text =
        #"{"schema":"qwen-replay.config.v1","targets":[{"name":"a","launch":"x"},{"name":"b","launch":"y"}],"timeout":9}"#
      try put(Array(text.utf8), "replay.json", in: folder)
      let path = folder + "/replay.json"
      var one = Arguments(["--config", path, "--only", "b"])
      _ = try one.takeConfig()
      #expect(one.value(of: "--launch") == "y" && one.value(of: "--timeout") == "9")
      var own = Arguments(["--config", path, "--only", "b", "--stage", "simulated"])
      _ = try own.takeConfig()
      #expect(own.value(of: "--launch") == nil)
      var both = Arguments(["--config", path])
      #expect(throws: UsageError.self) { _ = try both.takeConfig() }
      var typo = Arguments(["--config", path, "--only", "bb"])
      #expect(throws: UsageError.self) { _ = try typo.takeConfig() }
    }
  }

  /// A target is asked for what a spread of cuts passes by, whatever the set.
  @Test(arguments: [nil, .quick, .standard] as [PlanSet?])
  func targetsGetTheLastLineEndAlone(_ set: PlanSet?) throws {
    let session = SampleReports.session
    let transmission = Transmission(session, Plan())
    let plans = SessionPlans.forTarget(session, set: set, seed: 1).all.map(\.description)
    #expect(plans.contains("cuts=\(transmission.bytes.count - 2)"), "\(plans.suffix(5))")
    let faults = plans.compactMap { try? Plan($0).fault }.filter { $0.kind == .fin }
    let head = String(decoding: transmission.bytes.prefix(transmission.headEnd), as: UTF8.self)
    let first = head.split(separator: ":")[0].utf8.count + 1
    #expect(faults.contains { $0.offset == first })
  }

  /// An exhaustive set of a long response is worked out plan by plan.
  @Test func faultsAtEveryByteAreNotKept() throws {
    let session = SampleReports.session
    let plans = SessionPlans(session, set: .exhaustive, seed: 1, isOnSockets: false)
    #expect(plans.plans.count < 300)
    #expect(plans.all.reduce(0) { count, _ in count + 1 } == plans.count)
    let faults = plans.all.filter { $0.fault != nil }
    let ends = [Plan().framing, .length, .close].map {
      Transmission(session, framing: $0, chunks: Plan().chunks).bytes.count
    }
    #expect(faults.count > ends.reduce(0, +) * 3 - 1)
    let offsets = faults.compactMap { plan in plan.fault.map { fault in fault.offset } }
    #expect(offsets.contains(0))
  }
}
