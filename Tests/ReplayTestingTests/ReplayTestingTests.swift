// The public face as a user's test sees it: a proxy that is right passes, one that is wrong is caught
// with the block, the bytes and the way to see it again, and what cannot be judged is an error.

import Foundation
import ReplayTesting
import Testing

@Suite(.timeLimit(.minutes(30))) struct ReplayTestingTests {
  static let recordings = "Examples/ProxyTests/recordings"

  /// Runs a recording through a proxy of its own.
  static func verdict(
    _ handling: PipeProxy.Handling, _ plans: RunPlans, _ options: RunOptions = RunOptions(),
    of name: String = "greeting"
  ) async throws -> RunVerdict {
    let recording = try Recording(at: "\(recordings)/\(name).sse")
    let upstream = try await MockUpstream.start(playing: recording)
    let proxy = try PipeProxy.start(upstream: upstream.url, handling: handling)
    let verdict = try await recording.run(
      through: proxy.url, upstream: upstream, plans: plans, options: options)
    proxy.stop()
    await upstream.stop()
    return verdict
  }

  @Test(arguments: RunOptions.Comparison.allCases)
  func aProxyThatHandsOnBytesLosesNothing(_ comparison: RunOptions.Comparison) async throws {
    var options = RunOptions()
    options.comparison = comparison
    options.fields = [("X-Test", "a")]
    options.model = "qwen-max"
    let verdict = try await Self.verdict(.verbatim, .quick, options)
    try verdict.requireNothingLost()
    #expect(verdict.outcome == .passed)
    #expect(verdict.planCount > 40)
    #expect(verdict.cutsRequested > 1_000)
    #expect(verdict.cutsAchieved == verdict.cutsRequested)
    #expect(verdict.failures.isEmpty)
    #expect(verdict.description == "greeting: nothing lost under \(verdict.planCount) plans")
  }

  @Test func aFailureTellsBlockBytesAndCommand() async throws {
    let verdict = try await Self.verdict(.asText, try .line("cuts=utf8"))
    #expect(verdict.outcome == .failed)
    let failure = try #require(verdict.failures.first)
    #expect(failure.plan == "cuts=utf8")
    #expect(failure.block == 3)
    #expect(failure.offset == 157)
    #expect(String(decoding: failure.sent, as: UTF8.self).contains("你好"))
    #expect(String(decoding: failure.received, as: UTF8.self).contains("??????"))
    #expect(
      failure.diagnosis == "block 3 (你好) came as ??????: 4 cuts inside, the first at byte 158")
    #expect(
      failure.findings.contains { $0.hasPrefix("blocks CORRUPTED: block 3 at body byte 157") })
    #expect(failure.command.hasPrefix("replay run /"))
    #expect(failure.command.contains("/greeting.sse --target 'http://127.0.0.1:"))
    #expect(failure.command.hasSuffix(" --plan 'cuts=utf8'"))
    let error = try #require(throws: LossError.self) { try verdict.requireNothingLost() }
    #expect(error.description.contains(failure.diagnosis))
    #expect(error.description.contains("reproduce: \(failure.command)"))
    #expect(throws: LossError.self) { try verdict.requireNothingLost(acceptsUnproven: true) }
  }

  /// What a failure names is found again by its plan alone.
  @Test func aFailureComesBackByItsPlan() async throws {
    let verdict = try await Self.verdict(
      .asText, try .line("cuts=1x framing=close"), of: "line-ends")
    #expect(verdict.failureCount >= verdict.failures.count)
    #expect(verdict.failures.count <= 20)
    let failure = try #require(verdict.failures.first)
    let again = try await Self.verdict(
      .asText, try .line(failure.plan), of: "line-ends")
    #expect(again.failures.map(\.diagnosis) == [failure.diagnosis])
  }

  /// A plan that tries nothing shows nothing.
  @Test func whatWasNotTriedIsNotPassed() async throws {
    let verdict = try await Self.verdict(.verbatim, try .line("cuts=99999"))
    #expect(verdict.outcome == .unproven)
    #expect(verdict.unproven?.contains("lies outside the response") == true)
    #expect(throws: LossError.self) { try verdict.requireNothingLost() }
    try verdict.requireNothingLost(acceptsUnproven: true)
  }

  /// The runs of one upstream follow one another, whoever asks for them.
  @Test func runsOfOneUpstreamDoNotMix() async throws {
    let recording = try Recording(at: "\(Self.recordings)/greeting.sse")
    let upstream = try await MockUpstream.start(playing: recording)
    let good = try PipeProxy.start(upstream: upstream.url)
    let bad = try PipeProxy.start(upstream: upstream.url, handling: .asText)
    let plan = try RunPlans.line("cuts=utf8")
    async let first = recording.run(through: good.url, upstream: upstream, plans: plan)
    async let second = recording.run(through: bad.url, upstream: upstream, plans: plan)
    async let third = recording.run(through: good.url, upstream: upstream, plans: plan)
    let outcomes = try await [first, second, third].map(\.outcome)
    #expect(outcomes == [.passed, .failed, .passed])
    good.stop()
    bad.stop()
    await upstream.stop()
  }

  // MARK: What cannot be judged

  @Test(arguments: [
    ("ftp://127.0.0.1:1/", "must be like http://"), ("https://127.0.0.1:1", "must be like http://"),
    ("", "must be like http://"), ("http://127.0.0.1:1", "does not take connections"),
  ])
  func aProxyThatCannotBeAskedIsAnError(_ url: String, _ words: String) async throws {
    let recording = try Recording(at: "\(Self.recordings)/greeting.sse")
    let upstream = try await MockUpstream.start(playing: recording)
    let error = await #expect(throws: ReplayError.self) {
      try await recording.run(through: url, upstream: upstream, plans: .quick)
    }
    #expect(error?.description.contains(words) == true, "\(String(describing: error))")
    await upstream.stop()
  }

  static let wrongOptions: [@Sendable (inout RunOptions) -> Void] = [
    { $0.path = "chat" }, { $0.path = "/a b" }, { $0.fields = [("", "a")] },
    { $0.fields = [("a:b", "c")] }, { $0.fields = [("a", "b\r\nc: d")] }, { $0.timeout = 0 },
    { $0.lateAfter = 600_001 }, { $0.policy = "no such word" },
  ]

  @Test(arguments: wrongOptions.indices)
  func optionsThatSayNothingAreErrors(_ index: Int) async throws {
    var options = RunOptions()
    Self.wrongOptions[index](&options)
    await #expect(throws: ReplayError.self) {
      try await Self.verdict(.verbatim, .quick, options)
    }
  }

  @Test func aPlanThatIsNotUnderstoodIsAnError() {
    let error = #expect(throws: ReplayError.self) { try RunPlans.line("cuts=sideways") }
    #expect(error?.description.contains("sideways") == true)
  }

  @Test func nothingIsRunBehindTheEnd() async throws {
    let recording = try Recording(at: "\(Self.recordings)/greeting.sse")
    let upstream = try await MockUpstream.start(playing: recording)
    await upstream.stop()
    await upstream.stop()
    let error = await #expect(throws: ReplayError.self) {
      try await recording.run(through: upstream.url, upstream: upstream, plans: .quick)
    }
    #expect(error?.description == "the mock upstream has been stopped")
    #expect(Connection.connect(port: try #require(upstream.url.port)) == nil)
  }

  // MARK: Files

  @Test func recordingsAreFoundBesideThePackage() throws {
    let all = try Recording.all(in: Self.recordings)
    #expect(all.map(\.name) == ["greeting", "line-ends"])
    #expect(all.map(\.eventCount) == [5, 4])
    #expect(all.allSatisfy { $0.path.hasPrefix("/") })
    #expect(try Recording(at: all[0].path) == all[0])
  }

  @Test func aFolderWithoutRecordingsIsAnError() throws {
    for folder in ["Examples/ProxyTests/Sources", "no/such/folder"] {
      #expect(throws: ReplayError.self, "\(folder)") { try Recording.all(in: folder) }
    }
    #expect(throws: ReplayError.self) { try Recording(at: "Package.swift") }
  }

  /// Between two runs the upstream answers whoever asks: a proxy may look at it while it starts.
  @Test func anUpstreamAnswersBetweenRuns() async throws {
    let recording = try Recording(at: "\(Self.recordings)/greeting.sse")
    let upstream = try await MockUpstream.start(playing: recording)
    let port = try #require(upstream.url.port)
    let body = #"{"model":"qwen-plus","messages":[{"role":"user","content":"a"}],"stream":true}"#
    let path = upstream.url.path
    let ask =
      "POST \(path)/chat/completions HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
      + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
    let connection = try #require(Connection.connect(port: port))
    #expect(connection.write(Array(ask.utf8)))
    #expect(Self.text(connection, until: "\r\n0\r\n\r\n").contains("你好"))
    #expect(connection.write(Array("GET \(path)/models HTTP/1.1\r\nHost: a\r\n\r\n".utf8)))
    #expect(Self.text(connection, until: "}").contains("HTTP/1.1 200"))
    connection.close()
    await upstream.stop()
  }

  /// What comes until `end` does.
  private static func text(_ connection: Connection, until end: String) -> String {
    var all: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 4_096)
    while !String(decoding: all, as: UTF8.self).contains(end),
      let count = connection.read(into: &piece), count > 0
    {
      all += piece[..<count]
    }
    return String(decoding: all, as: UTF8.self)
  }
}
