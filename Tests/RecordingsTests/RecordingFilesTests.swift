// What a list of names means, and that nothing which the user named is passed over in silence.

import Foundation
import MockQwen
import TestSupport
import Testing

@testable import Recordings

@Suite struct RecordingFilesTests {
  @Test func takesFilesAsGivenAndFoldersSorted() async throws {
    try await withTemporaryFolder { folder in
      for name in ["b/two.jsonl", "b/.hidden.jsonl", "b/a/three.jsonl", "b/.git/four.jsonl"] {
        try put(good, name, in: folder)
      }
      try put(body, "b/one.sse", in: folder)
      try put(Array("# Notes\n".utf8), "b/README.md", in: folder)
      try put(Array("{}".utf8), "b/one.meta.json", in: folder)
      try put(good, "five.jsonl", in: folder)
      try FileManager.default.createSymbolicLink(
        atPath: "\(folder)/b/loop", withDestinationPath: "\(folder)/b")
      try FileManager.default.createSymbolicLink(
        atPath: "\(folder)/b/linked.jsonl", withDestinationPath: "\(folder)/five.jsonl")

      let files = try recordingFiles(at: ["\(folder)/five.jsonl", "\(folder)/b"])
      let expected = [
        "five.jsonl", "b/a/three.jsonl", "b/linked.jsonl", "b/one.sse", "b/two.jsonl",
      ]
      #expect(files.map(\.path) == expected.map { "\(folder)/\($0)" })
      let names = files.map(\.recording.session.name)
      #expect(names == ["five", "three", "linked", "one", "two"])
      #expect(files[3].recording.session.body == body)
      #expect(try recordingFiles(at: ["\(folder)/b/"]).first?.path == "\(folder)/b/a/three.jsonl")
      #expect(try recordingFiles(at: []).isEmpty)
    }
  }

  /// What is in the folder, the name asked for, and the error; `@` stands for the folder.
  static let refusals: [(put: (name: String, text: String)?, ask: String, error: String)] = [
    (nil, "none.jsonl", "@/none.jsonl: no such file or folder"),
    (nil, "none", "@/none: no such file or folder"),
    (nil, "", "no recordings in @/: they are files that end in .jsonl or .sse"),
    (
      ("notes/README.md", "data: x\n\n"), "notes",
      "no recordings in @/notes: they are files that end in .jsonl or .sse"
    ),
    (
      ("d/.hidden.sse", "data: x\n\n"), "d",
      "no recordings in @/d: they are files that end in .jsonl or .sse"
    ),
    (
      ("a.json", "{}"), "a.json",
      "@/a.json: neither a .jsonl recording nor a .sse body; replay import reads other files"
    ),
    (("a.sse", "data: x\n\n"), "a.sse/b.sse", "@/a.sse/b.sse: Not a directory"),
    (("d/bad.jsonl", ""), "d", "@/d/bad.jsonl:1: no head: the file is empty"),
    (("bad.jsonl", "{\"format\":"), "bad.jsonl", "@/bad.jsonl:1: not JSON"),
  ]

  @Test(arguments: refusals)
  func namesWhatIsWrong(
    _ file: (name: String, text: String)?, _ asked: String, _ expected: String
  ) async throws {
    try await withTemporaryFolder { folder in
      if let file { try put(Array(file.text.utf8), file.name, in: folder) }
      #expect(
        message { try recordingFiles(at: ["\(folder)/\(asked)"]) }
          == expected.replacingOccurrences(of: "@", with: folder))
    }
  }

  @Test func namesALinkThatLeadsNowhere() async throws {
    try await withTemporaryFolder { folder in
      try put(good, "good.jsonl", in: folder)
      try FileManager.default.createSymbolicLink(
        atPath: "\(folder)/gone.jsonl", withDestinationPath: "\(folder)/none.jsonl")
      #expect(
        message { try recordingFiles(at: [folder]) }
          == "\(folder)/gone.jsonl: no such file or folder")
    }
  }

  @Test(.enabled(if: getuid() != 0, "root may read every folder"))
  func namesAFolderThatMayNotBeRead() async throws {
    try await withTemporaryFolder { folder in
      try put(good, "locked/good.jsonl", in: folder)
      let locked = "\(folder)/locked"
      let files = FileManager.default
      try files.setAttributes([.posixPermissions: 0o000], ofItemAtPath: locked)
      defer { try? files.setAttributes([.posixPermissions: 0o700], ofItemAtPath: locked) }
      #expect(
        message { try recordingFiles(at: [locked]) }
          == "cannot read the folder \(locked): permission denied")
    }
  }
}

/// The error that `body` throws, in words; nil when it throws none.
private func message(_ body: () throws -> some Any) -> String? {
  do {
    _ = try body()
    return nil
  } catch {
    return "\(error)"
  }
}

private let body = Array("data: {}\n\n".utf8)

private let good = Recording(source: "s", session: Script.all[0].session).written()
