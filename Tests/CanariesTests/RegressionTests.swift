// The crash files of fixed bugs: each passes with the core as it is, and fails as it says with a
// core that still has the bug, so that the file shows what it is kept for.

import Foundation
import MockQwen
import ProxyUnderTest
import Testing

@testable import Canaries
@testable import Judging
@testable import ProxyServing
@testable import Recordings
@testable import Trials

@Suite struct RegressionTests {
  private static let folder = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().appending(path: "../../recordings/regressions").path

  private static func files() throws -> [CrashFile] {
    try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
      .map { try CrashFile.read("\(folder)/\($0)") }
  }

  @Test func fixedBugsStayFixed() throws {
    let files = try Self.files()
    #expect(!files.isEmpty)
    for file in files {
      #expect(try file.violations(core: CoreChoice.init(named:)).isEmpty, "\(file.fileName)")
      #expect(FileManager.default.fileExists(atPath: "\(Self.folder)/\(file.fileName)"))
    }
  }

  @Test func aMarkThatIsTakenForTextIsSeen() throws {
    let file = try #require(
      Self.files().first { $0.recording.session.name == "blank-line-behind-mark" })
    let runner = CaseRunner<CanaryProxy<MarkIsText>>()
    let outcome = try runner.run(file.recording.session, file.plan, on: file.stage)
    let first = try #require(outcome.violations.first)
    #expect((first.check, first.name, first.detail) == (file.check, file.name, file.detail))
  }

  @Test func anAbortThatTakesBackWhatWaitsIsSeen() throws {
    let files = try Self.files().filter { [45_951, 597_769].contains($0.number) }
    #expect(files.count == 2)
    for file in files {
      let runner = CaseRunner<Forgetful>()
      let outcome = try runner.run(file.recording.session, file.plan, on: file.stage)
      #expect(
        outcome.violations.contains {
          ($0.check, $0.name, $0.detail) == (file.check, file.name, file.detail)
        }, "\(file.fileName)")
    }
  }
}

/// The proxy core on a server whose aborts take back what a slow client has not got.
private struct Forgetful: ProxyCore {
  static let queue = ClientQueue.forgetting(above: 256 * 1024)
  private var exchange: Exchange

  init(settings: Settings) { exchange = Exchange(settings: settings) }

  var isClosed: Bool { exchange.isClosed }
  var deadline: Milliseconds? { exchange.deadline }

  mutating func handle(
    _ input: Exchange.Input, at now: Milliseconds, into outputs: inout [Exchange.Output]
  ) { exchange.handle(input, at: now, into: &outputs) }
}

/// The relay, made to take a leading byte order mark for text: a letter stands before it.
private struct MarkIsText: BodyHandler {
  static let callsEveryEndClean = false
  private var relay = Relay()
  private var hasBegun = false
  private var hasSent = false

  init() {}

  mutating func take(_ fragment: [UInt8]) -> [UInt8] {
    let bytes = hasBegun ? fragment : [0x61] + fragment
    hasBegun = true
    var output: [UInt8] = []
    relay.feed(bytes.span, into: &output)
    return withoutLetter(output)
  }

  func finish() -> [UInt8] {
    var relay = relay
    var output: [UInt8] = []
    relay.finish(into: &output)
    return hasSent ? output : Array(output.dropFirst())
  }

  private mutating func withoutLetter(_ output: [UInt8]) -> [UInt8] {
    guard !hasSent, !output.isEmpty else { return output }
    hasSent = true
    return Array(output.dropFirst())
  }
}
