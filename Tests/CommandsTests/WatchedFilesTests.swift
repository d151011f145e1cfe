// What `replay watch` looks at: all that a run depends on, and nothing that it writes.

import Foundation
import TestSupport
import Testing

@testable import Commands
@testable import Terminal

@Suite struct WatchedFilesTests {
  /// The names below a folder that a command line's run depends on; FOLDER stands for the folder.
  private static func names(_ words: String, also: [String] = [], in folder: String) -> Set<String>
  {
    let words = words.split(separator: " ").map {
      String($0).replacing("~", with: " ").replacing("FOLDER", with: folder)
    }
    let arguments = Arguments(
      words, known: WatchCommand.options.names, flags: WatchCommand.options.flags)
    let files = WatchedFiles(of: arguments, also: also.map { "\(folder)/\($0)" })
    return Set(files.stamps.keys.map { $0.replacing(folder + "/", with: "") })
  }

  static let cases: [(words: String, names: Set<String>)] = [
    ("FOLDER/a.sse", ["a.sse"]),
    ("FOLDER/a.sse --plan cuts=1x", ["a.sse"]),
    // A flag takes no value.
    ("--verbose FOLDER/a.sse", ["a.sse"]),
    ("--seed 3 FOLDER/a.sse", ["a.sse"]),
    ("FOLDER/many", ["many/b.sse", "many/replay.json", "many/deep/c.sse"]),
    ("FOLDER/gone.sse", []),
    // What the run writes.
    (
      "FOLDER/many --report json=FOLDER/many/b.sse,html=FOLDER/many/../many/deep/c.sse",
      ["many/replay.json"]
    ),
    ("FOLDER/a.sse FOLDER/known.json --record-known FOLDER/known.json --launch x", ["a.sse"]),
    // A config beside the recordings or named, and what it names.
    ("FOLDER/many/b.sse", ["many/b.sse", "many/replay.json"]),
    ("--config FOLDER/own.json", ["own.json", "a.sse", "server.js", "known.json"]),
    (
      "--config=FOLDER/own.json FOLDER/many/b.sse",
      ["own.json", "many/b.sse", "server.js", "known.json"]
    ),
    ("--config FOLDER/own.json --no-config FOLDER/a.sse", ["own.json", "a.sse"]),
    ("--config FOLDER/bad.json FOLDER/a.sse", ["bad.json", "a.sse"]),
    // The launched program and its files.
    ("FOLDER/a.sse --launch node~FOLDER/server.js", ["a.sse", "server.js"]),
    ("FOLDER/a.sse --launch=X=1~exec~'FOLDER/with~blank.sh'~{port}", ["a.sse", "with blank.sh"]),
    (
      "FOLDER/a.sse --launch cd~FOLDER/many&&node~server.js",
      ["a.sse", "many/b.sse", "many/replay.json", "many/deep/c.sse"]
    ),
    (
      "FOLDER/a.sse --launch FOLDER/server.js~--config=FOLDER/known.json",
      ["a.sse", "server.js", "known.json"]
    ),
    ("FOLDER/a.sse --launch x --known FOLDER/known.json", ["a.sse", "known.json"]),
  ]

  @Test(arguments: cases) func allThatARunDependsOn(_ words: String, _ names: Set<String>)
    async throws
  {
    try await withTemporaryFolder { folder in
      for name in [
        "a.sse", "server.js", "known.json", "with blank.sh", "many/b.sse", "many/deep/c.sse",
        "many/.git/index", "many/node_modules/x/y.js", "many/.hidden.sse",
      ] { try put(Array("data: a\n\n".utf8), name, in: folder) }
      let config =
        #"{"schema":"qwen-replay.config.v1","recordings":["\#(folder)/a.sse"],"#
        + #""known":"\#(folder)/known.json","targets":[{"launch":"node \#(folder)/server.js"}]}"#
      try put(Array(config.utf8), "own.json", in: folder)
      try put(Array(#"{"schema":"qwen-replay.config.v1"}"#.utf8), "many/replay.json", in: folder)
      try put(Array("{".utf8), "bad.json", in: folder)
      #expect(Self.names(words, in: folder) == names)
      let also = names.union(["bad.json"])
      #expect(Self.names(words, also: ["bad.json"], in: folder) == also)
    }
  }

  @Test func aFileThatChangesComesOrGoesIsSeen() async throws {
    try await withTemporaryFolder { folder in
      func now() -> WatchedFiles { WatchedFiles(of: Arguments(["\(folder)"]), also: []) }
      try put(Array("data: a\n\n".utf8), "a.sse", in: folder)
      let first = now()
      #expect(now() == first)
      try put(Array("data: ab\n\n".utf8), "a.sse", in: folder)
      let second = now()
      #expect(second != first)
      // Of the same length, in the same second.
      try put(Array("data: ba\n\n".utf8), "a.sse", in: folder)
      let time = try #require(
        FileManager.default.attributesOfItem(atPath: folder + "/a.sse")[.modificationDate] as? Date)
      try FileManager.default.setAttributes(
        [.modificationDate: time.addingTimeInterval(0.001)], ofItemAtPath: folder + "/a.sse")
      #expect(now() != second)
      try put(Array("data: a\n\n".utf8), "b.sse", in: folder)
      #expect(now().count == 2)
      try FileManager.default.removeItem(atPath: folder + "/a.sse")
      #expect(now().count == 1)
    }
  }
}
