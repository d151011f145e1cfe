// What a command starts is ended with it, though it leaves the process group. A process that starts
// commands gets the orphans of all processes below it and does not wait for those of others, so this
// runs in a process of its own: among the tests they would stay, and whoever waits for any process
// would meet them for ever.

import Foundation
import Testing

@testable import Sockets

@Suite struct StrayTests {
  private static let hasSetsid = ["/usr/bin/setsid", "/bin/setsid"].contains {
    FileManager.default.isExecutableFile(atPath: $0)
  }

  @Test(.enabled(if: hasSetsid, "setsid is not installed"))
  func endsWhatHasLeftTheGroup() async {
    await #expect(processExitsWith: .success) {
      // Its parent lives on, its parent has gone, and it has an heir of its own.
      for command in [
        "setsid sleep 1000 & echo $!; wait", "sh -c 'setsid sleep 1000 & echo $!'; sleep 1000",
        "setsid sh -c 'sleep 1000 & echo $!; wait' & wait",
      ] {
        var group = try ChildGroup(command, environment: ["PATH": "/usr/bin:/bin"])
        var output = ""
        while !output.hasSuffix("\n") {
          output += String(decoding: group.takeOutput(), as: UTF8.self)
          usleep(1_000)
        }
        let process = try #require(pid_t(output.dropLast()))
        #expect(kill(process, 0) == 0)
        group.end(within: 1_000)
        #expect(kill(process, 0) != 0)
      }
    }
  }
}
