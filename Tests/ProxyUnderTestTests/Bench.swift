// An exchange on the bench: inputs go in by hand, and all that it wants done is kept in order.

import Foundation
import ProxyUnderTest
import TestSupport
import Testing
import Wire

/// An exchange, and everything that it has put out.
struct Bench: Equatable {
  static let key = "sk-proxy-0123456789"
  /// A request for a completion, from a client that will ask again.
  static let request =
    "POST /v1/chat/completions HTTP/1.1\r\nHost: p\r\nContent-Length: 2\r\n\r\n{}"
  /// The same from a client of the older version.
  static let oldRequest = "POST /v1/chat/completions HTTP/1.0\r\nContent-Length: 2\r\n\r\n{}"

  static var settings: Settings {
    var settings = Settings()
    settings.upstream = BaseURL(scheme: .http, host: "up.example", port: 8080, path: "/base/v1")
    settings.key = key
    return settings
  }

  var exchange: Exchange
  var outputs: [Exchange.Output] = []

  /// An exchange whose client has just connected, at time 0.
  init(_ settings: Settings = Bench.settings) {
    exchange = Exchange(settings: settings)
    take(.clientOpened)
  }

  /// An exchange whose request has gone upstream; the outputs up to there are left out.
  static func asked(
    _ request: String = Bench.request, _ settings: Settings = Bench.settings
  ) -> Bench {
    var bench = Bench(settings)
    bench.take(.client(octets(request)), .upstreamConnected)
    bench.outputs = []
    return bench
  }

  /// Feeds inputs and gives what they put out.
  @discardableResult
  mutating func take(_ inputs: Exchange.Input..., at now: Milliseconds = 0) -> [Exchange.Output] {
    let from = outputs.count
    for input in inputs { exchange.handle(input, at: now, into: &outputs) }
    return Array(outputs[from...])
  }

  /// Wakes the exchange at its deadline.
  @discardableResult
  mutating func wake() -> [Exchange.Output] { take(.deadline, at: exchange.deadline ?? .max) }

  /// The responses that the client has read; nil when it read something else.
  var responses: [PlainResponse]? { plainResponses(outputs.clientBytes) }
}

extension [Exchange.Output] {
  /// All bytes for the client.
  var clientBytes: [UInt8] {
    flatMap { output -> [UInt8] in if case .client(let bytes) = output { bytes } else { [] } }
  }

  /// All that is no bytes for the client, in order.
  var orders: [Exchange.Output] {
    filter { output -> Bool in if case .client = output { false } else { true } }
  }

  /// With neighbouring bytes for the client in one.
  var normalized: [Exchange.Output] {
    reduce(into: []) { merged, output in
      if case .client(let more) = output, case .client(let soFar) = merged.last {
        merged[merged.count - 1] = .client(soFar + more)
      } else {
        merged.append(output)
      }
    }
  }
}

/// What came of an exchange, whatever its chunks to the client were.
struct Outcome: Equatable {
  var responses: [PlainResponse]?
  var orders: [Exchange.Output]
  var exchange: Exchange

  init(_ bench: Bench) {
    responses = bench.responses
    orders = bench.outputs.orders
    exchange = bench.exchange
  }
}

/// Feeds `response` from the upstream in every way, then `end`; expects one outcome and gives it.
func outcome(
  of response: [UInt8], end: Exchange.Input? = nil, from bench: Bench = .asked(),
  sourceLocation: SourceLocation = #_sourceLocation
) -> Outcome {
  var outcomes: [Outcome] = []
  for way in everyWay(ofCutting: response) {
    var bench = bench
    for piece in way { bench.take(.upstream(piece)) }
    if let end { bench.take(end) }
    outcomes.append(Outcome(bench))
    guard outcomes.last == outcomes[0] else {
      Issue.record("\(picture(way)): \(bench.outputs)", sourceLocation: sourceLocation)
      break
    }
  }
  return outcomes[0]
}

/// Feeds `request` from the client in every way; expects one outcome and gives it.
func asking(
  _ request: [UInt8], _ settings: Settings = Bench.settings,
  sourceLocation: SourceLocation = #_sourceLocation
) -> Bench {
  var benches: [Bench] = []
  for way in everyWay(ofCutting: request) {
    var bench = Bench(settings)
    for piece in way { bench.take(.client(piece)) }
    bench.outputs = bench.outputs.normalized
    benches.append(bench)
    guard bench == benches[0] else {
      Issue.record("\(picture(way)): \(bench.outputs)", sourceLocation: sourceLocation)
      break
    }
  }
  return benches[0]
}

/// A way of cutting, in words.
private func picture(_ way: [[UInt8]]) -> String {
  switch way.count {
  case 0, 1: "whole"
  case 2: "cut behind byte \(way[0].count)"
  default: "byte by byte"
  }
}

/// The error object of a JSON body or of an error event.
struct ErrorObject: Decodable, Equatable {
  var message: String
  var type: String
  var code: String

  private enum Keys: CodingKey { case error }
  private enum Inner: CodingKey { case message, type, code }

  init(from decoder: any Decoder) throws {
    let object = try decoder.container(keyedBy: Keys.self)
      .nestedContainer(keyedBy: Inner.self, forKey: .error)
    message = try object.decode(String.self, forKey: .message)
    type = try object.decode(String.self, forKey: .type)
    code = try object.decode(String.self, forKey: .code)
  }

  /// The object of a JSON body, or nil.
  static func ofBody(_ body: [UInt8]) -> ErrorObject? {
    try? JSONDecoder().decode(ErrorObject.self, from: Data(body))
  }

  /// The object of exactly one error event, or nil.
  static func ofEvent(_ bytes: ArraySlice<UInt8>) -> ErrorObject? {
    let start = octets("event: error\ndata: ")
    guard bytes.starts(with: start), bytes.suffix(2) == [0x0A, 0x0A] else { return nil }
    let data = bytes.dropFirst(start.count).dropLast(2)
    guard !data.contains(0x0A), !data.contains(0x0D) else { return nil }
    return ofBody(Array(data))
  }
}

/// The UTF-8 bytes of `text`.
func octets(_ text: String) -> [UInt8] { Array(text.utf8) }
