// Plans as text: one word per property; properties with their default are not printed.

/// Why a text is not a plan.
package struct PlanError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The word that was not understood.
  package var word: String
  /// What could be in its place.
  package var expected: String

  package var description: String { "unknown plan word '\(word)': expected \(expected)" }
}

extension Plan: CustomStringConvertible {
  /// The plan as one line that `init(_:)` reads back. The cuts are always printed.
  package var description: String {
    var words = ["cuts=\(cuts)"]
    let standard = Plan()
    if chunks != standard.chunks { words.append("chunks=\(chunks)") }
    if framing != standard.framing { words.append("framing=\(framing)") }
    if !anomalies.isEmpty { words.append("odd=\(anomalies)") }
    if let octet { words.append("octet=\(octet)") }
    if pacing != standard.pacing { words.append("pacing=\(pacing)") }
    if let records { words.append("tls=\(records)") }
    if let handshake { words.append("handshake=\(handshake)") }
    if let fault { words.append("fault=\(fault.kind.rawValue)@\(fault.offset)") }
    if let firstStatus { words.append("first=\(firstStatus)") }
    if request != standard.request { words.append("request=\(request.rawValue)") }
    if let behavior {
      let rest = behavior.rest.map { "/\($0 / 1_000)s" } ?? ""
      words.append("client=\(behavior.kind.rawValue)@\(behavior.offset)\(rest)")
    }
    if streams != standard.streams { words.append("streams=\(streams)") }
    if let stop { words.append("stop=\(stop)") }
    if core != standard.core { words.append("core=\(core)") }
    if reach != standard.reach { words.append("upstream=\(reach.rawValue)") }
    return words.joined(separator: " ")
  }

  /// Reads a plan; properties without a word have their default.
  package init(_ line: String) throws(PlanError) {
    self.init()
    var names: Set<Substring> = []
    for word in line.split(whereSeparator: { $0 == " " || $0 == "\t" }) {
      let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2 else {
        throw PlanError(word: String(word), expected: "NAME=VALUE")
      }
      guard names.insert(parts[0]).inserted else {
        throw PlanError(word: String(word), expected: "\(parts[0])= once")
      }
      do throws(PlanError) {
        try set(parts[0], to: parts[1])
      } catch {
        throw PlanError(word: String(word), expected: error.expected)
      }
    }
  }

  private mutating func set(_ name: Substring, to value: Substring) throws(PlanError) {
    switch name {
    case "cuts": cuts = try Cuts(value)
    case "chunks": chunks = try Cuts(value)
    case "framing": framing = try PlanFraming(value)
    case "pacing": pacing = try Pacing(value)
    case "fault": fault = try Fault(value)
    case "tls": records = try RecordCuts(value)
    case "handshake": handshake = try HandshakeMessage(value)
    case "odd": anomalies = try ResponseAnomalies(value)
    case "octet": octet = try OddOctet(value)
    case "first": firstStatus = try number(value, in: 400...599, like: "a status, 400 to 599")
    case "request":
      guard let form = RequestForm(rawValue: String(value)) else {
        throw PlanError(word: String(value), expected: choice(RequestForm.allCases.map(\.rawValue)))
      }
      request = form
    case "client": behavior = try ClientBehavior(value)
    case "streams":
      streams = try number(value, in: 1...Self.streamsMax, like: "1 to \(Self.streamsMax)")
    case "core": core = try CoreWords(value)
    case "upstream":
      guard let known = Reach(rawValue: String(value)) else {
        throw PlanError(word: String(value), expected: choice(Reach.allCases.map(\.rawValue)))
      }
      reach = known
    case "stop": stop = try number(value, in: 0...Int.max, like: "a number of body bytes")
    default:
      throw PlanError(
        word: String(name),
        expected: choice(
          ["cuts", "chunks", "framing", "odd", "pacing", "fault", "first", "request", "client"]
            .map { $0 + "=" }
            + ["streams=", "stop=", "core=", "upstream=", "tls=", "handshake=", "octet="]))
    }
  }
}

extension Cuts: CustomStringConvertible {
  package var description: String {
    switch self {
    case .whole: "whole"
    case .every(let count): "\(count)x"
    // An empty list of offsets would not read back.
    case .at(let offsets):
      offsets.isEmpty ? "whole" : offsets.map(String.init).joined(separator: ",")
    case .places(let place): place.rawValue
    case .recorded: "recorded"
    case .random(let seed, let count): "random:\(seed)/\(count)"
    }
  }

  init(_ text: Substring) throws(PlanError) {
    if text == "whole" {
      self = .whole
    } else if text == "recorded" {
      self = .recorded
    } else if let place = Place(rawValue: String(text)) {
      self = .places(place)
    } else if text.hasSuffix("x"), let count = wholeNumber(text.dropLast()), count > 0 {
      self = .every(count)
    } else if text.hasPrefix("random:"), let (seed, count) = Self.seedAndCount(text.dropFirst(7)) {
      self = .random(seed: seed, count: count)
    } else if let offsets = Self.offsets(text) {
      self = .at(offsets)
    } else {
      let places = Place.allCases.map(\.rawValue).joined(separator: ", ")
      throw PlanError(
        word: String(text),
        expected: "whole, Nx, N,N,… (rising), recorded, random:SEED/COUNT, \(places)")
    }
  }

  private static func offsets(_ text: Substring) -> [Int]? {
    let parts = text.split(separator: ",", omittingEmptySubsequences: false)
    let offsets = parts.compactMap(wholeNumber)
    let isRising = zip(offsets, offsets.dropFirst()).allSatisfy { $0 < $1 }
    return offsets.count == parts.count && isRising ? offsets : nil
  }

  private static func seedAndCount(_ text: Substring) -> (UInt64, Int)? {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, let count = wholeNumber(parts[1]), count > 0,
      parts[0].utf8.allSatisfy({ 0x30...0x39 ~= $0 }), let seed = UInt64(parts[0])
    else { return nil }
    return (seed, count)
  }
}

extension PlanFraming: CustomStringConvertible {
  package var description: String {
    switch self {
    case .length: return "length"
    case .close: return "close"
    case .chunked(let dress):
      var words = ["chunked"]
      if dress.extensions { words.append("extensions") }
      if dress.trailers { words.append("trailers") }
      if dress.upper { words.append("upper") }
      if dress.zeros { words.append("zeros") }
      return words.joined(separator: "+")
    }
  }

  init(_ text: Substring) throws(PlanError) {
    let words = text.split(separator: "+", omittingEmptySubsequences: false)
    switch (words[0], words.count) {
    case ("length", 1): self = .length
    case ("close", 1): self = .close
    case ("chunked", _):
      var dress = ChunkDress()
      for word in words.dropFirst() {
        guard words.count(where: { $0 == word }) == 1 else {
          throw PlanError(word: String(word), expected: "\(word) once")
        }
        switch word {
        case "extensions": dress.extensions = true
        case "trailers": dress.trailers = true
        case "upper": dress.upper = true
        case "zeros": dress.zeros = true
        default:
          throw PlanError(
            word: String(word), expected: "extensions, trailers, upper or zeros after chunked+")
        }
      }
      self = .chunked(dress)
    default:
      throw PlanError(word: String(text), expected: "chunked, length or close")
    }
  }
}

extension Pacing: CustomStringConvertible {
  package var description: String {
    switch self {
    case .none: "none"
    case .recorded: "recorded"
    case .fixed(let milliseconds): "\(milliseconds)ms"
    }
  }

  init(_ text: Substring) throws(PlanError) {
    if text == "none" {
      self = .none
    } else if text == "recorded" {
      self = .recorded
    } else if text.hasSuffix("ms"), let milliseconds = wholeNumber(text.dropLast(2)),
      milliseconds <= Self.fixedMax
    {
      self = .fixed(milliseconds)
    } else {
      throw PlanError(
        word: String(text), expected: "none, recorded or NUMBERms up to \(Self.fixedMax)ms")
    }
  }
}

extension Fault {
  init(_ text: Substring) throws(PlanError) {
    let (kind, offset) = try placed(text, Kind.self)
    self.init(kind, at: offset)
  }
}

extension ClientBehavior {
  init(_ text: Substring) throws(PlanError) {
    let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    let (kind, offset) = try placed(parts[0], Kind.self)
    guard parts.count > 1 else {
      self.init(kind, at: offset)
      return
    }
    guard kind == .pauses, parts[1].last == "s", let seconds = wholeNumber(parts[1].dropLast()),
      (1...Self.restMax / 1_000).contains(seconds)
    else {
      throw PlanError(
        word: String(text), expected: "pauses@N/Ts, with T from 1 to \(Self.restMax / 1_000)")
    }
    self.init(kind, at: offset, rest: seconds * 1_000)
  }
}

extension ResponseAnomalies: CustomStringConvertible {
  package var description: String {
    Self.names.filter { contains($0.anomaly) }.map(\.name).joined(separator: "+")
  }

  init(_ text: Substring) throws(PlanError) {
    self = []
    for word in text.split(separator: "+", omittingEmptySubsequences: false) {
      guard let anomaly = Self.names.first(where: { $0.name == word })?.anomaly, !contains(anomaly)
      else {
        throw PlanError(
          word: String(word), expected: choice(Self.names.map(\.name)) + ", each once, joined by +")
      }
      insert(anomaly)
    }
  }
}

/// What happens, and where: `KIND@N`.
func placed<Kind: RawRepresentable<String> & CaseIterable>(
  _ text: Substring, _: Kind.Type
) throws(PlanError) -> (kind: Kind, offset: Int) {
  let parts = text.split(separator: "@", omittingEmptySubsequences: false)
  guard parts.count == 2, let kind = Kind(rawValue: String(parts[0])),
    let offset = wholeNumber(parts[1])
  else {
    throw PlanError(word: String(text), expected: choice(Kind.allCases.map { $0.rawValue + "@N" }))
  }
  return (kind, offset)
}

/// Words listed for a person: `a, b or c`.
private func choice(_ words: [String]) -> String {
  words.dropLast().joined(separator: ", ") + (words.count > 1 ? " or " : "") + (words.last ?? "")
}

private func number(
  _ text: Substring, in range: ClosedRange<Int>, like words: String
) throws(PlanError) -> Int {
  guard let number = wholeNumber(text), range.contains(number) else {
    throw PlanError(word: String(text), expected: words)
  }
  return number
}

/// The number that decimal digits without a sign stand for (`Int("+5")` would be 5); nil for other text,
/// and for more than an `Int` holds.
package func wholeNumber(_ text: some StringProtocol) -> Int? {
  guard !text.isEmpty, text.utf8.allSatisfy({ 0x30...0x39 ~= $0 }) else { return nil }
  return Int(text)
}
