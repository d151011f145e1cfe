// `replay watch`: at a terminal the table is drawn in place, elsewhere nothing moves a cursor; and whatever
// a run depends on calls for the next.

import Foundation
import TestSupport
import Testing

@Suite(
  .serialized, .timeLimit(.minutes(30)),
  .enabled(if: Programs.replay != nil, "the replay executable is not beside the test bundle"))
struct WatchTests {
  private static let one = "data: a\n\n"
  private static let two = "data: a\n\ndata: b\n\n"
  private static let words = ["watch", "good.sse", "--plan", "cuts=whole", "--stage", "simulated"]

  /// Writes a file in one step, as editors do: half a file is another recording.
  private static func put(_ text: String, _ name: String, in folder: String) throws {
    try Data(text.utf8).write(to: URL(fileURLWithPath: "\(folder)/\(name)"), options: .atomic)
  }

  /// How often it has said that it watches.
  private static func rests(_ text: String) -> Int { text.matches(of: /watching/).count }

  @Test func aTerminalHasOneTableThatIsDrawnInPlace() async throws {
    try await withTemporaryFolder { folder in
      try Self.put(Self.one, "good.sse", in: folder)
      let terminal = try PseudoTerminal(
        try #require(Programs.replay), Self.words + ["--times", "4"],
        environment: ["TERM": "xterm"], folder: folder)
      func shows(_ parts: [String], lacks: [String], after rests: Int) async throws {
        try await eventually { Self.rests(terminal.text) == rests }
        let screen = Screen(terminal.text).lines
        for part in parts {
          #expect(screen.count { $0.contains(part) } == 1, "\(part): \(screen)")
        }
        for part in lacks { #expect(!screen.contains { $0.contains(part) }, "\(part): \(screen)") }
      }
      try await shows(["PASSED", "1 event,", "watching 1 file"], lacks: [], after: 1)
      try Self.put(Self.two, "good.sse", in: folder)
      try await shows(["PASSED", "2 events,", "watching 1 file"], lacks: ["1 event,"], after: 2)
      // Why there is no table takes its place, though it is shorter.
      try FileManager.default.removeItem(atPath: folder + "/good.sse")
      try await shows(
        ["replay: good.sse: no such file", "watching 0 files"], lacks: ["PASSED", "2 ev"], after: 3)
      try Self.put(Self.one, "good.sse", in: folder)
      #expect(try await terminal.exitCode() == 0, "\(terminal.text)")
      let screen = Screen(terminal.text).lines
      #expect(screen.count { $0.contains("PASSED") } == 1, "\(screen)")
      #expect(!screen.contains { $0.contains("watching") || $0.contains("good.sse:") }, "\(screen)")
      // Nothing goes before the new table is there: the screen is emptied once, at the start.
      #expect(terminal.text.matches(of: /\u{1B}\[2J/).count == 1)
      #expect(terminal.text.matches(of: /\u{1B}\[H/).count == 5)
    }
  }

  @Test func aTableThatIsHigherThanTheTerminalEndsWithItsVerdict() async throws {
    try await withTemporaryFolder { folder in
      let names = (1...20).map { "r\($0).sse" }
      for name in names { try Self.put(Self.one, "many/\(name)", in: Self.made(folder, "many")) }
      let terminal = try PseudoTerminal(
        try #require(Programs.replay),
        ["watch", "many", "--plan", "cuts=whole", "--stage", "simulated", "--times", "2"],
        environment: ["TERM": "xterm"], folder: folder, rows: 12)
      try await eventually { Self.rests(terminal.text) == 1 }
      try Self.put(Self.two, "many/r1.sse", in: folder)
      #expect(try await terminal.exitCode() == 0, "\(terminal.text)")
      let screen = Screen(terminal.text, rows: 12).lines
      #expect(screen.count { $0.contains("PASSED") } == 1, "\(screen)")
      #expect(screen.contains { $0.contains("21 events,") }, "\(screen)")
    }
  }

  private static func made(_ folder: String, _ name: String) throws -> String {
    try FileManager.default.createDirectory(
      atPath: "\(folder)/\(name)", withIntermediateDirectories: true)
    return folder
  }

  /// Nothing that a terminal acts on stands where there is none, whatever the other side is.
  @Test(arguments: ["nowhere", "errors", "dumb"])
  func withoutATerminalNoCursorMoves(_ terminal: String) async throws {
    try await withTemporaryFolder { folder in
      try Self.put(Self.one, "good.sse", in: folder)
      let replay = try #require(Programs.replay)
      let words = Self.words + ["--times", "2"]
      let output: String
      if terminal == "nowhere" {
        let program = try ChildProcess(
          "/bin/sh", ["-c", "cd '\(folder)' && exec \"$@\"", "sh", replay] + words,
          environment: ["TERM": "xterm"], folder: folder)
        try await eventually { Self.rests(program.errors) == 1 }
        try Self.put(Self.two, "good.sse", in: folder)
        #expect(try await program.exitCode() == 0, "\(program.errors)")
        output = String(decoding: program.output, as: UTF8.self)
        #expect(!program.errors.contains("\u{1B}"), "\(program.errors)")
      } else {
        let isDumb = terminal == "dumb"
        let file = folder + "/output"
        let program = try PseudoTerminal(
          replay, words, environment: ["TERM": isDumb ? "dumb" : "xterm"], folder: folder,
          outputToFile: isDumb ? nil : file)
        try await eventually { Self.rests(program.text) == 1 }
        try Self.put(Self.two, "good.sse", in: folder)
        #expect(try await program.exitCode() == 0, "\(program.text)")
        output = isDumb ? program.text : try String(contentsOfFile: file, encoding: .utf8)
      }
      #expect(!output.contains("\u{1B}"), "\(output)")
      // Both tables stand there, one below the other.
      #expect(output.contains("1 event,") && output.contains("2 events,"), "\(output)")
    }
  }

  @Test func noColourIsNoReasonToScroll() async throws {
    try await withTemporaryFolder { folder in
      try Self.put(Self.one, "good.sse", in: folder)
      let terminal = try PseudoTerminal(
        try #require(Programs.replay), Self.words + ["--times", "1"],
        environment: ["TERM": "xterm", "NO_COLOR": "1"], folder: folder)
      #expect(try await terminal.exitCode() == 0)
      #expect(terminal.text.contains("\u{1B}[H") && !terminal.text.contains(/\u{1B}\[[0-9]*m/))
    }
  }

  /// A recording, the config, a config that comes, the launched program, a file that is named: each calls
  /// for a run, and the run shows what has changed.
  @Test func whateverARunDependsOnCallsForTheNext() async throws {
    try await withTemporaryFolder { folder in
      let replay = try #require(Programs.replay)
      func config(_ more: String) -> String {
        #"{"schema":"qwen-replay.config.v1","recordings":["kept"],"seed":\#(more),"#
          + #""plan":"cuts=whole","targets":[{"name":"ours","launch":"exec ./serve.sh"}]}"#
      }
      _ = try Self.made(folder, "kept")
      try Self.put(Self.one, "kept/good.sse", in: folder)
      try Self.put("#!/bin/sh\nexec '\(replay)' proxy\n", "serve.sh", in: folder)
      try FileManager.default.setAttributes(
        [.posixPermissions: 0o755], ofItemAtPath: folder + "/serve.sh")
      try Self.put(config("1"), "replay.json", in: folder)
      try Self.put("1", "notes", in: folder)
      let program = try ChildProcess(
        "/bin/sh",
        [
          "-c", "cd '\(folder)' && exec \"$@\"", "sh", replay, "watch", "--also", "notes",
          "--times", "5",
        ],
        environment: ["PATH": Programs.path], folder: folder)
      var output: String { String(decoding: program.output, as: UTF8.self) }
      try await eventually { Self.rests(program.errors) == 1 }
      #expect(output.contains("1 event,") && output.contains("seed 1"), "\(output)")
      #expect(program.errors.contains("watching 4 files"), "\(program.errors)")
      try Self.put(Self.two, "kept/good.sse", in: folder)
      try await eventually { Self.rests(program.errors) == 2 }
      #expect(output.contains("2 events,"), "\(output)")
      try Self.put(config("77"), "replay.json", in: folder)
      try await eventually { Self.rests(program.errors) == 3 }
      #expect(output.contains("seed 77"), "\(output)")
      // Written in its place, so that it may still be run.
      let script = try #require(FileHandle(forWritingAtPath: folder + "/serve.sh"))
      try script.write(contentsOf: Data("#!/bin/sh\necho broken; exit 3\n".utf8))
      try script.truncate(atOffset: 30)
      try script.close()
      try await eventually { Self.rests(program.errors) == 4 }
      #expect(program.errors.contains("the target has exited with code 3"), "\(program.errors)")
      try Self.put("2", "notes", in: folder)
      #expect(try await program.exitCode() == 2, "\(program.errors)")
    }
  }

  @Test func ctrlCEndsIt() async throws {
    try await withTemporaryFolder { folder in
      try Self.put(Self.one, "good.sse", in: folder)
      let terminal = try PseudoTerminal(
        try #require(Programs.replay), Self.words, environment: ["TERM": "xterm"], folder: folder)
      try await eventually { Self.rests(terminal.text) == 1 }
      terminal.interrupt()
      #expect(try await terminal.exitCode() == 130)
      // The last table stays.
      #expect(Screen(terminal.text).lines.contains { $0.contains("PASSED") })
    }
  }

  /// The options of `replay run` are those of `replay watch`, in hints and behind a flag too.
  @Test func theOptionsOfARunAreKnown() async throws {
    try await withTemporaryFolder { folder in
      try Self.put(Self.one, "good.sse", in: folder)
      let program = try ChildProcess(
        try #require(Programs.replay),
        ["watch", "\(folder)/good.sse", "--stgae", "simulated", "--times", "1"], folder: folder)
      #expect(try await program.exitCode() == 2)
      #expect(program.errors.contains("did you mean '--stage'?"), "\(program.errors)")
    }
  }
}
