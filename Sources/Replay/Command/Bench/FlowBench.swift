// `replay bench --flow`: what streams cost the proxy. Many streams at once, clients that hardly read, and
// clients that leave. It only prints: it has no pass or fail.

internal import Canaries
internal import Foundation
internal import MockQwen
internal import Networks
internal import Recordings
internal import Sockets
internal import Trials
internal import Wire

/// The scenarios, each with a proxy of its own.
struct FlowBench {
  private static let head =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"

  let environment: [String: String]
  /// Whether the upstream uses https.
  let isSecure: Bool
  let write: (String) -> Void

  /// Runs all scenarios, and prints the figures of each.
  func run() throws -> FlowFigures {
    let crowd = try crowd(streams: 1_000, rate: 20, seconds: 10)
    crowd.lines.forEach(write)
    let slow = try slowClients(streams: 200, seconds: 10)
    slow.lines.forEach(write)
    var leaving: [FlowFigures.Leaving] = []
    for isInStream in [false, true] {
      for resets in [false, true] {
        let figures = try clientGoes(isInStream: isInStream, resets: resets, tries: 50)
        write(figures.line)
        leaving.append(figures)
      }
    }
    return FlowFigures(crowd: crowd, slow: slow, leaving: leaving)
  }

  // MARK: Many streams

  /// Many streams at once, each with events at a steady rate, one stream after the other.
  private func crowd(
    streams: Int, rate: Int, seconds: Int
  ) throws -> FlowFigures.Crowd {
    var rig = try FlowRig(environment: environment, isSecure: isSecure)
    let connections = try rig.ask(streams).upstreams
    for connection in connections { rig.upstreams.send(Array(Self.head.utf8), on: connection) }
    let busyBefore = rig.busySeconds
    let total = streams * rate * seconds
    let start = monotonicMicroseconds()
    var sent = 0
    var delays: [Int] = []
    delays.reserveCapacity(total)
    var readers: [ConnectionID: StampReader] = [:]
    while delays.count < total, monotonicMicroseconds() < start + (seconds + 10) * 1_000_000 {
      let now = monotonicMicroseconds()
      while sent < total, start + sent * 1_000_000 / (streams * rate) <= now {
        rig.upstreams.send(stampedEvent(now), on: connections[sent % streams])
        sent += 1
      }
      rig.turn(milliseconds: 1)
      let received = monotonicMicroseconds()
      for case .bytes(let connection, let bytes) in rig.clientEvents {
        readers[connection, default: StampReader()].read(bytes) { delays.append(received - $0) }
      }
    }
    let time = Double(monotonicMicroseconds() - start) / 1e6
    let busy = rig.busySeconds.flatMap { after in busyBefore.map { after - $0 } }
    var figures = FlowFigures.Crowd(streams: streams, rate: rate, seconds: seconds)
    figures.lost = total - delays.count
    figures.late = delays.count { $0 > 1_000_000 / rate }
    figures.delays = Delays(delays)
    figures.busyPercent = busy.map { Int(($0 / time * 100).rounded()) }
    figures.kibibytes = rig.peakMemory
    rig.end()
    return figures
  }

  /// An event in a chunk, with the time at which it was sent.
  private func stampedEvent(_ time: Int) -> [UInt8] {
    let digits = String(time)
    let stamp = String(repeating: "0", count: StampReader.digitCount - digits.utf8.count) + digits
    let data =
      #"data: {"id":"chatcmpl-bench","object":"chat.completion.chunk","created":1700000000,"#
      + #""model":"qwen-plus","choices":[{"index":0,"delta":{"content":" word"},"#
      + #""finish_reason":null}],"at":\#(stamp)}"# + "\n\n"
    return Array("\(String(data.utf8.count, radix: 16))\r\n\(data)\r\n".utf8)
  }

  // MARK: Clients that hardly read

  /// Clients that read 1,000 bytes a second, from an upstream that sends as much as it can.
  private func slowClients(streams: Int, seconds: Int) throws -> FlowFigures.SlowClients {
    // With the kernel's default buffers the streams would take gigabytes.
    var rig = try FlowRig(
      clientBytesMax: 1_000, kernelBytesMax: 65_536, environment: environment, isSecure: isSecure)
    let idle = rig.peakMemory
    let (clients, upstreams) = try rig.ask(streams)
    let event = "data: " + String(repeating: "x", count: 16_384 - 8) + "\n\n"
    let chunk = Array("4000\r\n\(event)\r\n".utf8)
    for client in clients { rig.clients.setReading(false, on: client) }
    var sentCounts: [ConnectionID: Int] = [:]
    func fill(_ connection: ConnectionID, _ rig: inout FlowRig) {
      while rig.upstreams.waitingBytes(on: connection) < 65_536 {
        rig.upstreams.send(chunk, on: connection)
        sentCounts[connection, default: 0] += chunk.count
      }
    }
    for connection in upstreams {
      rig.upstreams.send(Array(Self.head.utf8), on: connection)
      fill(connection, &rig)
    }
    let start = monotonicMilliseconds()
    var served = 0
    var received = 0
    var sentAtHalf = 0
    while monotonicMilliseconds() < start + seconds * 1_000 {
      let now = monotonicMilliseconds()
      while start + served * 1_000 / streams <= now {
        rig.clients.setReading(true, on: clients[served % streams])
        served += 1
      }
      if now < start + seconds * 500 { sentAtHalf = sentCounts.values.reduce(0, +) }
      rig.turn(milliseconds: 2)
      for case .drained(let connection) in rig.upstreamEvents { fill(connection, &rig) }
      for case .bytes(let connection, let bytes) in rig.clientEvents {
        received += bytes.count
        rig.clients.setReading(false, on: connection)
      }
    }
    let sent = sentCounts.values.reduce(0, +)
    let grown = rig.peakMemory.flatMap { peak in idle.map { peak - $0 } }
    var figures = FlowFigures.SlowClients(streams: streams, seconds: seconds)
    figures.readBytes = received
    figures.sentBytes = sent
    figures.sentLateBytes = sent - sentAtHalf
    figures.kibibytes = grown
    rig.end()
    return figures
  }

  // MARK: Clients that leave

  /// How soon the upstream's connection is closed after the client has left.
  private func clientGoes(
    isInStream: Bool, resets: Bool, tries: Int
  ) throws -> FlowFigures.Leaving {
    var rig = try FlowRig(environment: environment, isSecure: isSecure)
    var delays: [Int] = []
    for _ in 0..<tries {
      let (clients, upstreams) = try rig.ask(1)
      if isInStream {
        rig.upstreams.send(Array(Self.head.utf8) + stampedEvent(0), on: upstreams[0])
        repeat {
          rig.turn(milliseconds: 5)
        } while !rig.clientEvents.contains {
          if case .bytes = $0 { true } else { false }
        }
      }
      let start = monotonicMicroseconds()
      if resets { rig.clients.reset(clients[0]) } else { rig.clients.close(clients[0]) }
      var isClosed = false
      while !isClosed, monotonicMicroseconds() < start + 2_000_000 {
        rig.turn(milliseconds: 5, forUpstream: true)
        isClosed = rig.upstreamEvents.contains {
          $0 == .finished(upstreams[0]) || $0 == .reset(upstreams[0])
        }
      }
      delays.append(monotonicMicroseconds() - start)
      rig.upstreams.close(upstreams[0])
    }
    rig.end()
    return FlowFigures.Leaving(isInStream: isInStream, resets: resets, delays: Delays(delays))
  }
}

/// Finds the times in a stream of events, however it is cut.
private struct StampReader {
  static let digitCount = 16
  private static let mark = Array(#""at":"#.utf8)

  private var matched = 0
  private var digits = 0
  private var value = 0

  mutating func read(_ bytes: [UInt8], _ found: (Int) -> Void) {
    for byte in bytes {
      if matched < Self.mark.count {
        matched = byte == Self.mark[matched] ? matched + 1 : byte == Self.mark[0] ? 1 : 0
        continue
      }
      value = value * 10 + Int(byte) - 0x30
      digits += 1
      guard digits == Self.digitCount else { continue }
      found(value)
      (matched, digits, value) = (0, 0, 0)
    }
  }
}
