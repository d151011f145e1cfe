// `replay bench`: the speeds that the README quotes, measured anew. It prints and judges nothing: a
// slow machine is not a fault.

internal import Canaries
internal import Foundation
internal import Judging
internal import MockQwen
internal import ProxyServing
internal import ProxyUnderTest
internal import Recordings
internal import Sockets
internal import Terminal
internal import Trials
internal import Wire

/// Measures the relay, the stages and the longest event.
struct BenchCommand: Command {
  static let name = "bench"
  static let summary = "measure the relay core and the stages, and print the figures"
  static let help = """
    Usage: replay bench [--flow [--tls]]

    Prints how fast the relay core and the two stages run on this machine. Build with
    -c release; close what else is running. Each figure is the best of 5 runs, with the median.

      --flow   measure replay proxy instead, in a process of its own: 1,000 streams at once with 20
               events a second each (what is lost or late, the proxy's processor time and memory);
               200 clients that read 1 kB/s (its memory); clients that go (how soon it lets go of
               the upstream). Takes half a minute; processor time and memory are told on Linux
      --tls    with --flow: the upstream speaks https

    Exit code: 0; 2 when the proxy did not start.
    """

  private static let rounds = 5

  static func run(_ arguments: inout Arguments, _ context: Context) async throws -> Int32 {
    let measuresFlow = arguments.flag("--flow")
    if !measuresFlow { try arguments.refuse(["--tls"], because: "goes with --flow") }
    let isSecure = arguments.flag("--tls")
    try arguments.finish()
    let console = context.console
    guard !measuresFlow else {
      try FlowBench(environment: context.environment, isSecure: isSecure) { console.write($0) }
        .run()
      return 0
    }
    let idle = peakMemory()
    for megabytes in [4, 8, 16] {
      let times = sorted { Double(megabytes) / longEventSeconds(megabytes: megabytes) }
      console.write(line("one event of \(megabytes) MiB in 1-byte fragments", times, "MiB/s"))
    }
    if let idle, let peak = peakMemory() {
      console.write("peak memory of these over the idle process: \((peak - idle) / 1024) MiB")
    }
    let stream = frames(byteCount: 64 * 1024 * 1024)
    for size in [65_536, 1_460, 16] {
      let rates = try sorted { try megabytesPerSecond(stream, fragment: size) }
      console.write(line("relay core, \(size)-byte fragments", rates, "MB/s"))
    }
    let (session, plan) = lockStepSession()
    for kind in StageKind.allCases {
      let count = kind == .simulated ? 20_000 : 3_000
      let rates = try sorted {
        let start = ContinuousClock.now
        let plans = repeatElement(plan, count: count)
        let result = try Run<Exchange>(session).results(plans, on: kind)
        guard result.failureCount == 0 else { throw UsageError("the benchmark's session failed") }
        return Double(count) / seconds(since: start)
      }
      console.write(
        line("\(kind) stage, 42 events in 20 fragments, all checks", rates, "sessions/s"))
    }
    return 0
  }

  /// The most memory that the process has held so far, in KiB; nil where the system does not tell.
  private static func peakMemory() -> Int? { FlowRig.status("VmHWM", of: "self") }

  private static func sorted(_ measure: () throws -> Double) rethrows -> [Double] {
    try (0..<rounds).map { _ in try measure() }.sorted()
  }

  private static func line(_ name: String, _ rates: [Double], _ unit: String) -> String {
    let best = Int((rates.last ?? 0).rounded())
    let median = Int(rates[rates.count / 2].rounded())
    return "\(name): \(best) \(unit) (median \(median))"
  }

  /// At least `byteCount` bytes of frames as Qwen's compatible mode sends them.
  private static func frames(byteCount: Int) -> [UInt8] {
    let session = Script.all[0].session
    var bytes: [UInt8] = []
    bytes.reserveCapacity(byteCount + session.body.count)
    while bytes.count < byteCount { bytes += session.body }
    return bytes
  }

  private static func megabytesPerSecond(_ stream: [UInt8], fragment size: Int) throws -> Double {
    var relay = Relay()
    var output: [UInt8] = []
    output.reserveCapacity(2 * 65_536)
    var passed = 0
    let start = ContinuousClock.now
    let span = stream.span
    var offset = 0
    while offset < span.count {
      let end = min(offset + size, span.count)
      relay.feed(span.extracting(offset..<end), into: &output)
      // The next piece of output overwrites the last, as a socket's buffer would.
      if output.count >= 65_536 {
        passed += output.count
        output.removeAll(keepingCapacity: true)
      }
      offset = end
    }
    let time = seconds(since: start)
    passed += output.count
    guard passed == stream.count else { throw UsageError("the relay lost bytes") }
    return Double(stream.count) / time / 1e6
  }

  private static func longEventSeconds(megabytes: Int) -> Double {
    var relay = Relay()
    var output: [UInt8] = []
    let byte: [UInt8] = [UInt8(ascii: "x")]
    let start = ContinuousClock.now
    for _ in 0..<megabytes * 1024 * 1024 { relay.feed(byte.span, into: &output) }
    relay.finish(into: &output)
    return seconds(since: start)
  }

  /// A session of 42 events, and a plan that cuts it into 20 fragments.
  private static func lockStepSession() -> (Session, Plan) {
    var session = Script.all[0].session
    let blocks = ReferenceReader.blocks(in: session.body)
    let event = session.body[blocks[1].range]
    session.body = Array(repeatElement(event, count: 41).joined()) + "data: [DONE]\n\n".utf8
    session.fragments = [Session.Fragment(end: session.body.count, milliseconds: 0)]
    var plan = Plan()
    let bytes = Transmission(session, plan).bytes.count
    plan.cuts = .every((bytes + 19) / 20)
    return (session, plan)
  }
}
