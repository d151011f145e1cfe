// Wrong uses as people make them, in one table: what is typed, what must stand in the message, the exit
// code. A message says what is wrong, where, and what is allowed or meant.

import Foundation
import TestSupport
import Testing

/// A wrong use of the program.
struct WrongUse: Sendable, CustomTestStringConvertible {
  var words: [String]
  var says: [String]
  var code: Int32 = 2
  var environment: [String: String] = [:]

  init(
    _ words: String, says: String..., code: Int32 = 2, environment: [String: String] = [:]
  ) {
    self.words = words.split(separator: " ").map { String($0).replacing("~", with: " ") }
    self.says = says
    self.code = code
    self.environment = environment
  }

  var testDescription: String { words.joined(separator: " ") }

  /// FOLDER is a folder that holds good.sse, a damaged recording, an edited one and a pipe.
  static let all: [WrongUse] = [
    // Commands.
    WrongUse("rnu", says: "unknown command 'rnu'", "did you mean 'run'?"),
    WrongUse("prov", says: "did you mean 'prove'?"),
    WrongUse("canarys", says: "did you mean 'canaries'?"),
    WrongUse(
      "dance",
      says: "unknown command 'dance', and there is no such file or folder; commands are run, watch"),
    WrongUse("help rnu", says: "unknown command 'rnu'", "did you mean 'run'?"),
    WrongUse("nowhere.jsonl", says: "nowhere.jsonl: no such file or folder"),
    // Options.
    WrongUse("run FOLDER/good.sse --plan", says: "--plan needs a value"),
    WrongUse(
      "run FOLDER/good.sse --stgae simulated", says: "unknown option '--stgae'",
      "did you mean '--stage'?"),
    WrongUse("run FOLDER/good.sse --sed=1", says: "did you mean '--seed'?"),
    WrongUse("run FOLDER/good.sse --seed -1", says: "--seed takes a whole number from 0"),
    WrongUse(
      "run FOLDER/good.sse --seed 1 --seed 2",
      says: "--seed is given 2 times, but it takes one value"),
    WrongUse(
      "run FOLDER/good.sse --stage simulatd", says: "it takes simulated, sockets",
      "did you mean 'simulated'?"),
    WrongUse(
      "run FOLDER/good.sse --plans quik", says: "quick, standard, complete, exhaustive",
      "did you mean 'quick'?"),
    WrongUse("run FOLDER/good.sse --plans quick --plan cuts=1x", says: "exclude each other"),
    WrongUse("run FOLDER/good.sse --timeout 5", says: "--timeout is for a target"),
    WrongUse("run FOLDER/good.sse --target ftp://x", says: "--target takes a URL such as"),
    WrongUse("run FOLDER/good.sse --target http://127.0.0.1:1", says: "needs --listen HOST:PORT"),
    WrongUse("fuzz --max-cases many", says: "--max-cases takes a whole number"),
    WrongUse("fuzz --shard 3/2", says: "3/2"),
    WrongUse("watch FOLDER/good.sse --times 0", says: "--times takes a whole number from 1"),
    WrongUse("watch --also", says: "--also needs a value"),
    WrongUse("bench --tls", says: "--tls goes with --flow"),
    WrongUse(
      "bench --page FOLDER/good.sse",
      says: "has no line '<!-- table of: replay bench -->' with '<!-- end of table -->' below it"),
    WrongUse("completions bsh", says: "it takes bash, zsh, fish", "did you mean 'bash'?"),
    // Words of plans and policies, cores, scripts.
    WrongUse("run FOLDER/good.sse --plan cust=1x", says: "cust=1x", "did you mean 'cuts='?"),
    WrongUse("run FOLDER/good.sse --plan cuts=evnts", says: "evnts", "did you mean 'cuts=events'?"),
    WrongUse("run FOLDER/good.sse --plan fault=rest@9", says: "did you mean 'fault=reset'?"),
    WrongUse("run FOLDER/good.sse --plan ~", says: "--plan is empty"),
    WrongUse(
      "run FOLDER/good.sse --policy haed=at-once", says: "haed=at-once",
      "it takes half-close=leaves|stays",
      "did you mean 'head='?"),
    WrongUse("run FOLDER/good.sse --policy head=at-onse", says: "did you mean 'head=at-once'?"),
    WrongUse("run FOLDER/good.sse --core line-handlr", says: "did you mean 'line-handler'?"),
    WrongUse("mock --script chat-englsh", says: "did you mean 'chat-english'?"),
    WrongUse("run script:chat-englich", says: "did you mean 'chat-english'?"),
    WrongUse(
      "run FOLDER/good.sse --only ours", says: "--only is for a config with several targets"),
    // Files.
    WrongUse("run FOLDER/god.sse", says: "god.sse: no such file", "did you mean 'good.sse'?"),
    WrongUse("run FOLDER/no/such.sse", says: "there is no folder FOLDER/no"),
    WrongUse("run FOLDER/pipe.sse", says: "a pipe, not a file"),
    WrongUse("run /dev/null", says: "a device, not a file"),
    WrongUse(
      "run FOLDER/edited.jsonl", says: "the body was changed since it was recorded",
      "import the body again"),
    WrongUse(
      "run FOLDER/damaged.jsonl FOLDER/good.sse", says: "1 of 2 recordings cannot be read",
      "damaged.jsonl:1:", "1 is good"),
    WrongUse(
      "run FOLDER/mixed", says: "1 of 2 recordings cannot be read, 1 is good", "pipe.sse: a pipe"),
    WrongUse(
      "run FOLDER/empty",
      says: "no recordings in FOLDER/empty: they are files that end in .jsonl or .sse"),
    WrongUse("show FOLDER/empty", says: "is a folder, and show takes one file"),
    WrongUse("show FOLDER/good.sse --blocks 5-3", says: "--blocks takes N or N-M"),
    WrongUse("show FOLDER/good.sse --blocks 9", says: "--blocks 9: there are 2 blocks"),
    WrongUse("show FOLDER/good.sse --width 3", says: "--width takes a whole number from 20"),
    WrongUse("diff FOLDER/good.sse", says: "diff takes two files"),
    WrongUse("again FOLDER/none.json", says: "none.json"),
    WrongUse("grid FOLDER/none.json", says: "none.json"),
    // Reports and config.
    WrongUse("run FOLDER/good.sse --report jsn=x", says: "not 'jsn=x'", "did you mean 'json'?"),
    WrongUse(
      "run FOLDER/good.sse --report json=FOLDER/no/r.json",
      says: "cannot write FOLDER/no/r.json: there is no folder"),
    WrongUse("run FOLDER/good.sse --report json=FOLDER/empty", says: "it is a folder"),
    WrongUse(
      "run FOLDER/good.sse --report json=-,html=-", says: "cannot both go to the standard output"),
    WrongUse(
      "run FOLDER/good.sse --config FOLDER/bad.json", says: "unknown key 'plnas'",
      "did you mean 'plans'?"),
    WrongUse(
      "run FOLDER/good.sse --plan cuts=whole --report json=/dev/full",
      says: "cannot write /dev/full"),
  ]
}

@Suite(
  .serialized, .timeLimit(.minutes(30)),
  .enabled(if: Programs.replay != nil, "the replay executable is not beside the test bundle"))
struct WrongUseTests {
  static func fill(_ folder: String) throws {
    try put(Array("data: a\n\ndata: [DONE]\n\n".utf8), "good.sse", in: folder)
    try put(Array("{\"format\":\"qwen-replay.recording.v1\"\n".utf8), "damaged.jsonl", in: folder)
    let text = try String(
      contentsOfFile: Fixtures.recordings + "/chat-english.jsonl", encoding: .utf8)
    try put(Array(text.replacing("reads", with: "raeds").utf8), "edited.jsonl", in: folder)
    try put([0x61], "empty/notes.txt", in: folder)
    try put(
      Array(#"{"schema":"qwen-replay.config.v1","plnas":"quick"}"#.utf8), "bad.json", in: folder)
    try put(Array("data: a\n\n".utf8), "mixed/good.sse", in: folder)
    for path in ["/pipe.sse", "/mixed/pipe.sse"] {
      let made = unsafe mkfifo(folder + path, 0o600)
      #expect(made == 0)
    }
  }

  @Test func thereAreAtLeastForty() { #expect(WrongUse.all.count >= 40) }

  @Test(arguments: WrongUse.all) func isRefusedWithTheReason(_ use: WrongUse) async throws {
    try await withTemporaryFolder { folder in
      try Self.fill(folder)
      let words = use.words.map { $0.replacing("FOLDER", with: folder) }
      let program = try ChildProcess(
        try #require(Programs.replay), words, environment: use.environment, folder: folder)
      let code = try await program.exitCode()
      #expect(code == use.code, "\(program.errors)")
      #expect(program.errors.hasPrefix("replay: "), "\(program.errors)")
      for part in use.says {
        let part = part.replacing("FOLDER", with: folder)
        #expect(program.errors.contains(part), "lacks '\(part)': \(program.errors)")
      }
    }
  }
}
