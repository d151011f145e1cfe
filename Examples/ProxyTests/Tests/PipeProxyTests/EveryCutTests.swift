// What the tests of a proxy look like: each recording goes through it, cut everywhere.

import Foundation
import PipeProxy
import ReplayTesting
import Testing

@Suite(.timeLimit(.minutes(30))) struct EveryCutTests {
  @Test(arguments: try Recording.all(in: "recordings"))
  func everyCut(_ recording: Recording) async throws {
    let upstream = try await MockUpstream.start(playing: recording)
    let proxy = try PipeProxy.start(upstream: upstream.url)
    let verdict = try await recording.run(through: proxy.url, upstream: upstream, plans: .quick)
    try verdict.requireNothingLost()
    #expect(verdict.planCount > 40)
    proxy.stop()
    await upstream.stop()
  }

  /// A proxy with a bug, to show what a failure says.
  @Test func aCutInsideACharacterIsFound() async throws {
    let recording = try Recording(at: "recordings/greeting.sse")
    let upstream = try await MockUpstream.start(playing: recording)
    let proxy = try PipeProxy.start(upstream: upstream.url, handling: .asText)
    let verdict = try await recording.run(
      through: proxy.url, upstream: upstream, plans: try .line("cuts=utf8"))
    let failure = try #require(verdict.failures.first)
    #expect(
      failure.diagnosis == "block 3 (你好) came as ??????: 4 cuts inside, the first at byte 158")
    #expect(failure.command.contains("replay run"))
    #expect(throws: LossError.self) { try verdict.requireNothingLost() }
    proxy.stop()
    await upstream.stop()
  }
}
