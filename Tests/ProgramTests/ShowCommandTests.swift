// What a person asks of a recording and of a run: only the text, some blocks, lines that fit, and what is
// expected where there is a choice.

import Foundation
import TestSupport
import Testing

@Suite(
  .serialized, .timeLimit(.minutes(30)),
  .enabled(if: Programs.replay != nil, "the replay executable is not beside the test bundle"))
struct ShowCommandTests {
  private func output(_ words: String) async throws -> String {
    try await withTemporaryFolder { folder in
      let all = words.split(separator: " ").map {
        String($0).replacing("RECORDINGS", with: Fixtures.recordings)
      }
      let program = try ChildProcess(try #require(Programs.replay), all, folder: folder)
      #expect(try await program.exitCode() == 0, "\(program.errors)")
      return String(decoding: program.output, as: UTF8.self)
    }
  }

  @Test func theTextIsWhatAClientShows() async throws {
    let text = try await output("show RECORDINGS/chat-english.jsonl --text")
    #expect(text == "A proxy reads bytes, not lines: an event may end in the next read.\n")
  }

  @Test func someBlocksInLinesThatFit() async throws {
    let all = try await output("show RECORDINGS/chat-english.jsonl --width 200")
    let some = try await output("show RECORDINGS/chat-english.jsonl --blocks 2-3 --width 60")
    let one = try await output("show RECORDINGS/chat-english.jsonl --blocks 2")
    func blocks(_ text: String) -> [Substring] {
      text.split(separator: "\n").filter { $0.contains(" ms  @ ") }
    }
    #expect(blocks(all).count == 8)
    #expect(blocks(some).count == 2 && blocks(one).count == 1)
    #expect(blocks(some).allSatisfy { $0.count <= 60 }, "\(some)")
    #expect(blocks(all).contains { $0.count > 60 })
  }

  /// What is expected where there is a choice is told where it was chosen, or asked for.
  @Test(arguments: [("", 0), (" --policy head=at-once", 1), (" --verbose", 6)])
  func thePolicyStandsWhereItMatters(_ more: String, _ count: Int) async throws {
    let text = try await output(
      "run RECORDINGS/chat-english.jsonl --plan cuts=whole --stage simulated" + more)
    let lines = text.split(separator: "\n")
    let head = lines.firstIndex { $0.hasPrefix("expected where there is a choice") }
    #expect((head == nil) == (count == 0), "\(text)")
    let told = head.map { lines[($0 + 1)...].prefix { $0.hasPrefix("  ") } }
    #expect(told?.count ?? 0 == count, "\(text)")
    #expect(text.contains("1 recording, 8 events, 1 plan on simulated"))
  }
}
