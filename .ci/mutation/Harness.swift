// The harness as the mutants meet it: its commands, the cheap ones first. Each runs under limits of
// processor time, of memory and of time by the clock, so that a mutant that never ends is stopped; a
// limit that is hit counts as noticed, as does any exit code but 0.

import Foundation

/// A command of the harness.
struct Step {
  var name: String
  var words: String
  /// Seconds of processor time that it takes without a mutant.
  var seconds = 0.0
  /// The mutants whose places it reaches.
  var reached: Set<Int> = []
}

/// What has become of a mutant.
enum Fate: Equatable {
  case killed(by: String)
  case hung(in: String)
  case survived
  case neverReached
  case equivalent(reason: String)
}

struct Harness {
  let program: String
  let root: String
  /// Where the files of this run lie.
  let folder: String
  private(set) var steps: [Step]

  /// - Parameter cases: How many cases are fuzzed.
  /// - Parameter isQuick: Whether the three long steps are left out: the share is then a lower bound.
  init(program: String, root: String, folder: String, cases: Int, isQuick: Bool) {
    self.program = program
    self.root = root
    self.folder = folder
    let fuzz = "fuzz --fail-fast --seed 3 --no-shrink --no-diagnosis --workers 1 --save '\(folder)/crashes'"
    steps = [
      Step(name: "fuzz, 1,000 cases", words: "\(fuzz) --max-cases 1000"),
      Step(name: "written", words: "fuzz --written --fail-fast"),
      Step(name: "again", words: "again recordings/regressions --keep"),
      Step(name: "run, quick", words: "run recordings --plans quick --stage simulated --no-diagnosis"),
      Step(name: "fuzz, \(cases) cases", words: "\(fuzz) --max-cases \(cases)"),
      Step(name: "accounts, simulated", words: "fuzz --accounts --fail-fast --seed 1 --stage simulated"),
    ]
    if isQuick { return }
    steps += [
      Step(name: "run, standard", words: "run recordings --stage simulated --no-diagnosis"),
      Step(name: "accounts", words: "fuzz --accounts --fail-fast --seed 1"),
      Step(name: "prove", words: "prove --window 24"),
    ]
  }

  /// Runs every step without a mutant: all must pass, and the places that each reaches are noted.
  mutating func measure() throws {
    for index in steps.indices {
      let marks = "\(folder)/reached-\(index)"
      try? FileManager.default.removeItem(atPath: marks)
      let before = childSeconds()
      let code = run(steps[index], ["MUTANT_REACHED": marks], processorSeconds: 3_600, wallSeconds: 7_200)
      guard code == 0 else {
        throw Stop("without a mutant `\(steps[index].words)` ends with \(code.map(String.init) ?? "a limit")")
      }
      steps[index].seconds = childSeconds() - before
      let bytes = (try? Data(contentsOf: URL(fileURLWithPath: marks))) ?? Data()
      steps[index].reached = Set(bytes.indices.filter { bytes[$0] != 0 })
      print("  \(steps[index].name): \(Int(steps[index].seconds * 10) / 10) s, \(steps[index].reached.count) mutants reached")
    }
  }

  /// What becomes of a mutant.
  func fate(of mutant: Int) -> Fate {
    let reaching = steps.filter { $0.reached.contains(mutant) }
    guard !reaching.isEmpty else { return .neverReached }
    for step in reaching {
      let limit = Int(step.seconds * 4) + 6
      guard
        let code = run(
          step, ["MUTANT": String(mutant)], processorSeconds: limit, wallSeconds: limit * 12)
      else { return .hung(in: step.name) }
      if code != 0 { return .killed(by: step.name) }
    }
    return .survived
  }

  /// The exit code, or nil when a limit of time was hit.
  private func run(
    _ step: Step, _ variables: [String: String], processorSeconds: Int, wallSeconds: Int
  ) -> Int32? {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/bash")
    process.currentDirectoryURL = URL(fileURLWithPath: root)
    process.arguments = [
      "-c",
      "ulimit -c 0; ulimit -t \(processorSeconds); ulimit -v 6000000; exec '\(program)' \(step.words)",
    ]
    var environment = ProcessInfo.processInfo.environment
    environment.merge(variables) { $1 }
    environment["SWIFT_BACKTRACE"] = "enable=no"
    process.environment = environment
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    process.standardInput = FileHandle.nullDevice
    do { try process.run() } catch { return 127 }
    let deadline = Date().addingTimeInterval(Double(wallSeconds))
    while process.isRunning {
      if Date() > deadline {
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        return nil
      }
      usleep(20_000)
    }
    if process.terminationReason == .uncaughtSignal {
      return process.terminationStatus == SIGXCPU || process.terminationStatus == SIGKILL
        ? nil : 128 + process.terminationStatus
    }
    return process.terminationStatus
  }
}

/// The processor time of all children so far, in seconds.
private func childSeconds() -> Double {
  var used = tms()
  times(&used)
  return Double(used.tms_cutime + used.tms_cstime) / Double(sysconf(Int32(_SC_CLK_TCK)))
}
