// Outputs in the README and in docs/ are made by the program, not by hand. A block behind a line
// `<!-- output of: replay … -->` is what that command prints, indented by four blanks, times and ports
// aside; with ` | from WORDS` behind the command only from the line on that begins with those words, with
// ` | to WORDS` only up to the one that does. NAME=VALUE may stand before the command. With
// REPLAY_WRITE_DOCS set the test writes the blocks anew instead.

import Foundation
import TestSupport
import Testing

@Suite(
  .serialized, .timeLimit(.minutes(30)),
  .enabled(if: Programs.replay != nil, "the replay executable is not beside the test bundle"))
struct DocOutputsTests {
  static let project = URL(fileURLWithPath: Fixtures.recordings).deletingLastPathComponent().path
  static let marker = "<!-- output of: "

  /// The pages that hold outputs.
  static let pages = ["README.md", "docs/ci.md", "docs/recording.md", "docs/tutorial.md"]

  /// An output without what differs from run to run: times, and how the program is called.
  static func settled(_ text: String) -> String {
    text.replacing(/[0-9]+(\.[0-9])? m?s\b/, with: "T").replacing(#/ +T/#, with: " T")
      .replacing(/swift run( -c release)? replay/, with: "replay")
      // A slow machine leaves time for fewer retries; that all have failed is the same.
      .replacing(/([0-9]+) of \1 on retry/, with: "N of N on retry")
      .replacing(/127\.0\.0\.1:[0-9]+/, with: "127.0.0.1:PORT")
      // Whether delays are steady depends on the machine, as they do.
      .replacing("not steady", with: "steady")
  }

  private static func output(of command: String) async throws -> String {
    try await withTemporaryFolder { folder in
      let ends = command.components(separatedBy: " | to ")
      let parts = ends[0].components(separatedBy: " | from ")
      let all = try ShellWords.split(parts[0])
      let words = all.drop { !$0.hasPrefix("replay") }
      var environment = ["PATH": Programs.path]
      for setting in all.prefix(all.count - words.count) {
        let sides = setting.split(separator: "=", maxSplits: 1).map(String.init)
        environment[sides[0]] = sides[1]
      }
      let program = try ChildProcess(
        "/bin/sh",
        ["-c", "cd '\(project)' && exec \"$@\"", "sh", try #require(Programs.replay)]
          + words.dropFirst(),
        environment: environment, folder: folder)
      _ = try await program.exitCode()
      let lines = String(decoding: program.output, as: UTF8.self).split(
        separator: "\n", omittingEmptySubsequences: false)
      let start = parts.count < 2 ? 0 : lines.firstIndex { $0.hasPrefix(parts[1]) }
      let rest = lines[try #require(start, "\(command): \(program.errors)")...]
      let end = ends.count < 2 ? rest.endIndex : rest.firstIndex { $0.hasPrefix(ends[1]) }
      return rest[..<(try #require(end))].joined(separator: "\n")
    }
  }

  @Test(arguments: pages) func outputsAreWhatTheProgramPrints(_ page: String) async throws {
    let path = Self.project + "/" + page
    let text = try String(contentsOfFile: path, encoding: .utf8)
    var parts = text.components(separatedBy: Self.marker)
    #expect(parts.count > 1, "\(page) holds no output")
    for index in parts.indices.dropFirst() {
      let command = String(parts[index].prefix { $0 != "\n" }).replacing(" -->", with: "")
      let rest = parts[index].drop { $0 != "\n" }.dropFirst(2)
      let lines = rest.split(separator: "\n", omittingEmptySubsequences: false)
      let block = lines.prefix { $0.hasPrefix("    ") || $0.isEmpty }
      let shown = block.map { $0.isEmpty ? "" : String($0.dropFirst(4)) }.joined(separator: "\n")
        .trimmingCharacters(in: .newlines)
      let printed = try await Self.output(of: command).trimmingCharacters(in: .newlines)
        .replacing(/swift run( -c release)? replay/, with: "replay")
      if ProcessInfo.processInfo.environment["REPLAY_WRITE_DOCS"] != nil {
        let written = printed.split(separator: "\n", omittingEmptySubsequences: false)
          .map { $0.isEmpty ? "" : "    " + $0 }.joined(separator: "\n")
        parts[index] =
          command + " -->\n\n" + written + "\n\n"
          + lines.dropFirst(block.count).joined(separator: "\n")
      } else {
        #expect(Self.settled(printed) == Self.settled(shown), "\(page): \(command)")
      }
    }
    if ProcessInfo.processInfo.environment["REPLAY_WRITE_DOCS"] != nil {
      try parts.joined(separator: Self.marker).write(
        toFile: path, atomically: true, encoding: .utf8)
    }
  }

  /// The lines that the tutorial puts into the proxy are those of the proxy that it ends with.
  @Test func theTutorialsProxyIsTheFixedOne() throws {
    let folder = Self.project + "/Tests/Fixtures/"
    let fixed = try String(contentsOfFile: folder + "fixed-proxy.js", encoding: .utf8)
    let broken = try String(contentsOfFile: folder + "line-fix-proxy.js", encoding: .utf8)
    let text = try String(contentsOfFile: Self.project + "/docs/tutorial.md", encoding: .utf8)
    let blocks = text.components(separatedBy: "```js\n").dropFirst().map {
      $0.components(separatedBy: "```")[0].split(separator: "\n")
    }
    #expect(blocks.count >= 2)
    let lines = { (text: String) in
      Set(text.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) })
    }
    for line in blocks.joined() {
      let line = line.trimmingCharacters(in: .whitespaces)
      #expect(lines(fixed).contains(line), "\(line)")
    }
    // Nothing else is new in it.
    let written = Set(blocks.joined().map { $0.trimmingCharacters(in: .whitespaces) })
    let new = lines(fixed).subtracting(lines(broken)).filter { !$0.hasPrefix("//") }
    #expect(new.isSubset(of: written), "\(new.subtracting(written))")
  }

  @Test func theReadmeIsShort() throws {
    let text = try String(contentsOfFile: Self.project + "/README.md", encoding: .utf8)
    #expect(text.split(separator: "\n", omittingEmptySubsequences: false).count <= 121)
  }

  /// Every link of a page to a file of the project leads somewhere.
  @Test func linksLeadSomewhere() throws {
    let docs = try FileManager.default.contentsOfDirectory(atPath: Self.project + "/docs")
      .filter { $0.hasSuffix(".md") }.map { "docs/" + $0 }
    #expect(docs.count >= 10)
    for page in ["README.md", "CONTRIBUTING.md"] + docs {
      let text = try String(contentsOfFile: Self.project + "/" + page, encoding: .utf8)
      let folder = URL(fileURLWithPath: Self.project + "/" + page).deletingLastPathComponent()
      for link in text.matches(of: /\]\(([^)#]+)(#[^)]*)?\)/) {
        let target = String(link.output.1)
        guard !target.contains("://") else { continue }
        let path = folder.appendingPathComponent(target).path
        #expect(FileManager.default.fileExists(atPath: path), "\(page): \(target)")
      }
    }
  }
}

/// Words of a line as a shell splits them, for lines with blanks and single quotes only.
private enum ShellWords {
  static func split(_ line: String) throws -> [String] {
    var words: [String] = []
    var word = ""
    var isQuoted = false
    for character in line {
      switch character {
      case "'": isQuoted.toggle()
      case " " where !isQuoted:
        if !word.isEmpty { words.append(word) }
        word = ""
      default: word.append(character)
      }
    }
    #expect(!isQuoted)
    return word.isEmpty ? words : words + [word]
  }
}
