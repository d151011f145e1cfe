// Programs of their own for tests: `replay` as it was built beside the test bundle, and others of
// the machine. Output goes to files, and waiting is looking again after a while, so that no thread
// of the test process is held up.

package import Foundation

/// A program that runs.
package struct ChildProcess {
  private let process = Process()
  private let outputPath: String
  private let errorsPath: String

  /// Starts a program; `folder` is for its output. Without `input` it has none.
  package init(
    _ executable: String, _ words: [String], environment: [String: String] = [:], folder: String,
    input: Pipe? = nil
  ) throws {
    let base = "\(folder)/\(UUID().uuidString)"
    outputPath = "\(base).out"
    errorsPath = "\(base).err"
    for path in [outputPath, errorsPath] { try Data().write(to: URL(fileURLWithPath: path)) }
    let output = try FileHandle(forWritingTo: URL(fileURLWithPath: outputPath))
    let errors = try FileHandle(forWritingTo: URL(fileURLWithPath: errorsPath))
    process.executableURL = URL(fileURLWithPath: executable)
    process.arguments = words
    process.environment = environment
    if let input {
      process.standardInput = input
    } else {
      process.standardInput = FileHandle.nullDevice
    }
    process.standardOutput = output
    process.standardError = errors
    try process.run()
    try output.close()
    try errors.close()
  }

  package var output: [UInt8] { bytes(outputPath) }
  package var errors: String { String(decoding: bytes(errorsPath), as: UTF8.self) }

  private func bytes(_ path: String) -> [UInt8] {
    Array((try? Data(contentsOf: URL(fileURLWithPath: path))) ?? Data())
  }

  /// The first line of the output, once it is there; nil when the program ends or takes too long.
  package func firstLine() async throws -> String? {
    try await eventually { output.contains(0x0A) || !process.isRunning }
    return output.firstIndex(of: 0x0A).map { String(decoding: output[..<$0], as: UTF8.self) }
  }

  /// The most memory that it has held so far, in kilobytes; 0 where nobody tells.
  package var peakMemory: Int {
    let path = "/proc/\(process.processIdentifier)/status"
    let status = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    return line?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
  }

  package var isRunning: Bool { process.isRunning }

  /// Asks the program to end.
  package func terminate() { process.terminate() }

  /// What Ctrl-C sends.
  package func interrupt() { process.interrupt() }

  /// Waits until the program catches Ctrl-C, and then a second more, so that it is in its work.
  package func catchesInterrupts() async throws {
    let path = "/proc/\(process.processIdentifier)/status"
    try await eventually {
      guard let status = try? String(contentsOfFile: path, encoding: .utf8) else { return true }
      let caught = status.split(separator: "\n").first { $0.hasPrefix("SigCgt:") }
      // The signals as bits, the first at the right end (proc(5)).
      let mask = caught.flatMap {
        Int64($0.dropFirst(7).trimmingCharacters(in: .whitespaces), radix: 16)
      }
      return (mask ?? 0) >> (SIGINT - 1) & 1 == 1
    }
    try await Task.sleep(for: .seconds(1))
  }

  /// Ends the program whatever it does.
  package func kill() {
    if process.isRunning { _ = Foundation.kill(process.processIdentifier, SIGKILL) }
  }

  /// Holds the program up, as if it were slow.
  package func stop() { _ = Foundation.kill(process.processIdentifier, SIGSTOP) }

  /// Lets a program that is held up go on.
  package func goOn() {
    if process.isRunning { _ = Foundation.kill(process.processIdentifier, SIGCONT) }
  }

  /// Waits for the end; gives the exit code, or nil when a signal was the end or it took too long.
  package func exitCode() async throws -> Int32? {
    guard try await eventually({ !process.isRunning }) else {
      kill()
      return nil
    }
    return process.terminationReason == .exit ? process.terminationStatus : nil
  }

  /// The processor time that the program has used, in ticks of 10 ms; nil where that cannot be seen.
  package var cpuTicks: Int? {
    let path = "/proc/\(process.processIdentifier)/stat"
    guard let text = try? String(contentsOfFile: path, encoding: .utf8),
      let rest = text.split(separator: ")").last
    else { return nil }
    // Behind the name in brackets these are the fields 14 and 15 of proc(5).
    return rest.split(separator: " ")[11...12].compactMap { Int($0) }.reduce(0, +)
  }

  /// How many descriptors the program has open; nil where that cannot be seen.
  package var descriptorCount: Int? {
    try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(process.processIdentifier)/fd")
      .count
  }
}

/// Looks again and again until `condition` holds, at most ten minutes, so that a slow machine fails no test; whether it does in the end.
@discardableResult
package func eventually(_ condition: () -> Bool) async throws -> Bool {
  for _ in 0..<60_000 {
    if condition() { return true }
    try await Task.sleep(for: .milliseconds(10))
  }
  return condition()
}

/// How long curl waits, in seconds: a test that tells the server what to send, event by event, may
/// itself wait for its turn among all the others.
package let patienceMax = 300

/// Files of the project that tests use.
package enum Fixtures {
  private static let project = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().path
  package static let folder = project + "/Tests/Fixtures"
  package static let recordings = project + "/recordings"
}

/// The programs that tests run; nil for one that is not there.
package enum Programs {
  /// `replay`, beside the test bundle.
  package static let replay = existing([
    URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent().path + "/replay",
    Bundle.main.bundleURL.deletingLastPathComponent().path + "/replay",
    Bundle.main.bundleURL.path + "/replay",
  ])
  package static let node = existing([
    "/usr/bin/node", "/usr/local/bin/node", "/opt/homebrew/bin/node",
  ])
  package static let openssl = existing(["/usr/bin/openssl", "/usr/local/bin/openssl"])
  package static let curl = existing([
    "/usr/bin/curl", "/usr/local/bin/curl", "/opt/homebrew/bin/curl",
  ])

  /// Where programs are looked for.
  package static let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
  package static let python = existing(path.split(separator: ":").map { $0 + "/python3" })

  private static func existing(_ paths: [String]) -> String? {
    paths.first { FileManager.default.isExecutableFile(atPath: $0) }
  }
}
