// What a command starts is ended with it, though it leaves the process group.

import Foundation
import Testing

@testable import Sockets

@Suite struct StrayTests {
  private static let hasSetsid = ["/usr/bin/setsid", "/bin/setsid"].contains {
    FileManager.default.isExecutableFile(atPath: $0)
  }

  @Test(
    .enabled(if: hasSetsid, "setsid is not installed"),
    arguments: [
      // Its parent lives on, its parent has gone, and it has an heir of its own.
      "setsid sleep 1000 & echo $!; wait", "sh -c 'setsid sleep 1000 & echo $!'; sleep 1000",
      "setsid sh -c 'sleep 1000 & echo $!; wait' & wait",
    ])
  func endsWhatHasLeftTheGroup(_ command: String) throws {
    var group = try ChildGroup(command, environment: ["PATH": "/usr/bin:/bin"])
    var output = ""
    while !output.hasSuffix("\n") {
      output += String(decoding: group.takeOutput(), as: UTF8.self)
      usleep(1_000)
    }
    let process = try #require(pid_t(output.dropLast()))
    #expect(isAlive(process))
    group.end(within: 1_000)
    #expect(!isAlive(process))
  }

  /// Whether a process runs; not one that has ended and that nobody has waited for yet.
  private func isAlive(_ process: pid_t) -> Bool {
    guard kill(process, 0) == 0 else { return false }
    let state = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)
    return state?.contains(") Z ") != true
  }
}
