import Judging
import Networks
import ProxyServing
import ProxyUnderTest
import Stages
import Testing

@testable import Trials

@Suite struct CrowdTests {
  @Test(arguments: CrowdCase.all.indices)
  func theCoreDoesWhatIsWrittenDown(_ number: Int) throws {
    #expect(try CrowdCase.all[number].faults(Exchange.self) == [])
  }

  /// Whatever of an observation is otherwise, it is told.
  @Test(arguments: CrowdCase.all.indices)
  func everyDifferenceIsTold(_ number: Int) throws {
    let scene = CrowdCase.all[number]
    var stage = try CrowdStage<Exchange>(scene.crowd)
    let seen = try stage.run()
    func differs(_ change: (inout CrowdObservation) -> Void) -> Bool {
      var other = seen
      change(&other)
      return !scene.faults(other).isEmpty
    }
    for client in seen.clients.indices {
      #expect(differs { $0.clients[client].end = .open })
      #expect(differs { $0.clients[client].lastTime = 77 })
      #expect(differs { $0.clients[client].bytes.append(0x20) })
      guard !seen.clients[client].bytes.isEmpty else { continue }
      #expect(differs { $0.clients[client].bytes.removeLast() })
      #expect(differs { $0.clients[client].bytes[9] = 0x37 }, "the status")
      #expect(differs { $0.clients[client].bytes += $0.clients[client].bytes })
    }
    #expect(differs { $0.requests.append(CrowdCase.chatBody(0)) })
    if !seen.requests.isEmpty { #expect(differs { $0.requests.removeLast() }) }
    #expect(differs { $0.leftovers = 1 })
    #expect(differs { $0.aheadMax = 1 << 20 })
    #expect(differs { $0.isRestless = true })
    if scene.notesFragments { #expect(differs { $0.notes.removeLast() }) }
  }

  /// A body that the client did not send is no request of its.
  @Test func aBodyOfSomebodyElseIsTold() throws {
    let scene = CrowdCase.all[1]
    var stage = try CrowdStage<Exchange>(scene.crowd)
    var seen = try stage.run()
    seen.requests[0][0] = 0x20
    #expect(scene.faults(seen) == ["the upstream got a body that client 2 has not sent"])
  }

  @Test func wrongCoresAreCaught() throws {
    #expect(try failures(Immovable.self) > 5)
    #expect(try failures(Growing.self) > 3)
    #expect(try failures(Deaf.self) > 1)
    #expect(try failures(Greedy.self) > 0)
    #expect(try failures(Hasty.self) > 5)
  }

  @Test func settingsAreReadAndSetAsDocumented() {
    #expect(settingsFaults() == [])
    #expect(WrittenURL(text: "http://h", parts: "h|81||h:81").seen == "h|80||h")
    #expect(WrittenLimit.all.count > 40)
  }

  /// All that is written down, in one go.
  @Test func theCoreKeepsToAllThatIsWritten() throws {
    let report = try WrittenReport(0..<WrittenReport.caseCount, through: Exchange.self)
    #expect(report.holds, "\(report.failures.prefix(3)) \(report.settings)")
    #expect(report.crowdCount == CrowdCase.all.count)
    #expect(report.planCount > 3_000)
    let wrong = try WrittenReport(34..<1_500, through: Hasty.self)
    #expect(wrong.failures.count > 100)
    #expect(!wrong.holds)
    let fast = try WrittenReport(34..<1_500, failsFast: true, through: Hasty.self)
    #expect(fast.failures == Array(wrong.failures.prefix(1)))
  }

  private func failures<Core: ProxyCore>(_ core: Core.Type) throws -> Int {
    try CrowdCase.all.count { !(try $0.faults(core)).isEmpty }
  }
}

/// Never makes room for another client.
private struct Immovable: WrappedCore {
  var core: Exchange

  init(settings: Settings) { core = Exchange(settings: settings) }
}

/// As the core is, but that a client which does not read stops nothing.
private struct Growing: LikeTheCore {
  static let queue = ClientQueue.growing
  var core: Exchange

  init(settings: Settings) { core = Exchange(settings: settings) }
}

/// Is not told that the proxy ends.
private struct Deaf: LikeTheCore {
  var core: Exchange

  init(settings: Settings) { core = Exchange(settings: settings) }

  mutating func handle(
    _ input: Exchange.Input, at now: Milliseconds, into outputs: inout [Exchange.Output]
  ) {
    if case .stop = input { return }
    core.handle(input, at: now, into: &outputs)
  }
}

/// Takes all that clients send ahead.
private struct Greedy: LikeTheCore {
  var core: Exchange

  init(settings: Settings) { core = Exchange(settings: settings) }

  mutating func handle(
    _ input: Exchange.Input, at now: Milliseconds, into outputs: inout [Exchange.Output]
  ) {
    core.handle(input, at: now, into: &outputs)
    outputs.removeAll { if case .readClient = $0 { true } else { false } }
  }
}

/// Closes each client's connection behind its answer.
private struct Hasty: LikeTheCore {
  var core: Exchange

  init(settings: Settings) { core = Exchange(settings: settings) }

  mutating func handle(
    _ input: Exchange.Input, at now: Milliseconds, into outputs: inout [Exchange.Output]
  ) {
    core.handle(input, at: now, into: &outputs)
    if case .idle = core.standing,
      outputs.contains(where: { if case .client = $0 { true } else { false } })
    {
      outputs.append(.closeClient)
    }
  }
}

/// A core whose clients stand as those of the proxy core do.
private protocol LikeTheCore: WrappedCore {}

extension LikeTheCore {
  var standing: Standing { core.standing }
  var heldRequestCount: Int { core.heldRequestCount }
}
