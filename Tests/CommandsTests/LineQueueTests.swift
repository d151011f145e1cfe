// The operator's lines: whoever does not read them stops nobody, and is told what is missing.

import Dispatch
import Synchronization
import Testing

@testable import Commands

@Suite(.timeLimit(.minutes(30))) struct LineQueueTests {
  /// A reader that can be stopped.
  private final class Reader: Sendable {
    let text = Mutex("")
    let gate = DispatchSemaphore(value: 0)

    func take(_ more: String) {
      gate.wait()
      text.withLock { $0 += more }
    }
  }

  @Test func linesComeInOrder() {
    let reader = Reader()
    let queue = LineQueue { reader.take($0) }
    for number in 0..<100 { queue.add("line \(number)") }
    for _ in 0..<100 { reader.gate.signal() }
    #expect(queue.finish(within: 30_000))
    let expected = (0..<100).map { "line \($0)\n" }.joined()
    #expect(reader.text.withLock { $0 } == expected)
  }

  @Test func whatNobodyReadsIsDroppedAndCounted() {
    let reader = Reader()
    let queue = LineQueue(bytesMax: 100) { reader.take($0) }
    queue.add("first")
    // It may or may not be on its way when the others come.
    for number in 0..<1_000 { queue.add("line \(number)") }
    #expect(!queue.finish(within: 1))
    for _ in 0..<10 { reader.gate.signal() }
    #expect(queue.finish(within: 30_000))
    let lines = reader.text.withLock { $0 }.split(separator: "\n")
    #expect(lines.first == "first" && lines.count < 40)
    let lost = lines.filter { $0.contains("dropped") }.compactMap { Int($0.prefix { $0 != " " }) }
    #expect(lost.reduce(0, +) + lines.count { $0.hasPrefix("line ") } == 1_000)
    // Then all is well again.
    queue.add("last")
    reader.gate.signal()
    #expect(queue.finish(within: 30_000))
    #expect(reader.text.withLock { $0.hasSuffix("\nlast\n") })
  }
}
