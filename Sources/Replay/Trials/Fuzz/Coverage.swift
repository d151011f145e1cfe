// What a run of cases has exercised. Each table is a fixed list of names with a count for each, so a name
// with count 0 shows what no case has reached; counting is an index into an array.

internal import Judging
internal import MockQwen
internal import Recordings
internal import Terminal
internal import Wire

/// Counts of what was exercised.
package struct Coverage: Hashable, Sendable {
  /// Names that cannot be reached, so a count of 0 is no gap.
  package struct Impossible: Hashable, Sendable {
    package let names: [String]
    package let reason: String
  }

  /// A table of counts.
  package struct Table: Hashable, Sendable {
    package let title: String
    package let names: [String]
    package let impossible: [Impossible]
    package var counts: [Int]

    package init(_ title: String, _ names: [String], impossible: [Impossible] = []) {
      self.title = title
      self.names = names
      self.impossible = impossible
      counts = Array(repeating: 0, count: names.count)
    }

    package mutating func add(_ other: Table) {
      for index in counts.indices { counts[index] += other.counts[index] }
    }
  }

  package private(set) var cuts = Table(
    "cuts",
    ["writes", "chunks"].flatMap { layer in
      (plainCuts + places).map { "\(layer) \($0)" }
    },
    impossible: [
      Impossible(
        names: wirePlaces.map { "chunks \($0.rawValue)" },
        reason: "these places lie in the framing, not in the body")
    ])
  private(set) var framings = Table(
    "framings", ["chunked", "extensions", "trailers", "upper", "zeros", "length", "close"])
  private(set) var pacings = Table("pacing", ["none", "recorded", "fixed"])
  private(set) var faults = Table(
    "faults",
    ["none"]
      + Fault.Kind.allCases.flatMap { kind in
        faultPlaces.map { "\(kind.rawValue) \($0)" }
      })
  package private(set) var clients = Table(
    "clients",
    ["stays"]
      + ClientBehavior.Kind.allCases.flatMap { kind in
        ["\(kind.rawValue) at once", "\(kind.rawValue) later"]
      })
  package private(set) var requests = Table(
    "requests",
    RequestForm.allCases.map(\.rawValue)
      + ["while the proxy ends", "behind a first status", "in parallel"])
  private(set) var records = Table(
    "tls",
    ["plain", "as written", "by a word", "empty records"]
      + HandshakeMessage.Kind.allCases.map(\.rawValue))
  package private(set) var anomalies = Table("oddities", ResponseAnomalies.names.map(\.name))
  private(set) var mutations = Table("mutations", Mutation.allCases.map { "\($0)" })
  private(set) var phases = Table(
    "phases", PhaseTally.names, impossible: PhaseTally.impossible)
  package private(set) var classes = Table(classesTitle, BugClass.all.map(\.id))

  package init() {}

  /// The title of the table of bug classes.
  static let classesTitle = "bug classes"

  private static let plainCuts = ["whole", "every", "at", "recorded", "random"]
  private static let places = Cuts.Place.allCases.map(\.rawValue)
  private static let wirePlaces: [Cuts.Place] = [.sizes, .chunkends, .last, .head]
  private static let faultPlaces = [
    "before head", "in head", "before first byte", "in body", "at end",
  ]

  /// The tables, in the order of the report.
  package var tables: [Table] {
    [
      cuts, records, framings, anomalies, pacings, faults, requests, clients, mutations, phases,
      classes,
    ]
  }

  /// Counts a case.
  package mutating func count(_ example: FuzzCase) {
    let plan = example.plan
    cuts.counts[Self.number(plan.cuts)] += 1
    switch plan.framing {
    case .chunked(let dress):
      cuts.counts[cuts.names.count / 2 + Self.number(plan.chunks)] += 1
      framings.counts[0] += 1
      if dress.extensions { framings.counts[1] += 1 }
      if dress.trailers { framings.counts[2] += 1 }
      if dress.upper { framings.counts[3] += 1 }
      if dress.zeros { framings.counts[4] += 1 }
    case .length: framings.counts[5] += 1
    case .close: framings.counts[6] += 1
    }
    switch plan.pacing {
    case .none: pacings.counts[0] += 1
    case .recorded: pacings.counts[1] += 1
    case .fixed: pacings.counts[2] += 1
    }
    faults.counts[Self.number(plan.fault, example.transmission)] += 1
    records.counts[plan.records != nil ? 2 : plan.speaksTLS ? 1 : 0] += 1
    if plan.records?.hasEmpty == true { records.counts[3] += 1 }
    if let kind = plan.handshake?.kind { records.counts[kind == .rekey ? 4 : 5] += 1 }
    clients.counts[Self.number(plan.behavior)] += 1
    requests.counts[RequestForm.allCases.firstIndex(of: plan.request) ?? 0] += 1
    if plan.stop != nil { requests.counts[requests.counts.count - 3] += 1 }
    if plan.firstStatus != nil { requests.counts[requests.counts.count - 2] += 1 }
    if plan.streams > 1 { requests.counts[requests.counts.count - 1] += 1 }
    for (index, known) in ResponseAnomalies.names.enumerated()
    where plan.anomalies.contains(known.anomaly) {
      anomalies.counts[index] += 1
    }
    for mutation in Mutation.allCases where example.mutations.contains(mutation) {
      mutations.counts[mutation.rawValue] += 1
    }
  }

  /// Counts the bug classes of a case.
  package mutating func count(_ exercised: ClassSet) {
    for index in classes.counts.indices where exercised.contains(bit: index) {
      classes.counts[index] += 1
    }
  }

  /// Adds the counts of a tally.
  package mutating func add(_ tally: PhaseTally) {
    for (index, count) in tally.counts.enumerated() { phases.counts[index] += count }
  }

  package mutating func add(_ other: Coverage) {
    cuts.add(other.cuts)
    records.add(other.records)
    framings.add(other.framings)
    pacings.add(other.pacings)
    faults.add(other.faults)
    clients.add(other.clients)
    requests.add(other.requests)
    anomalies.add(other.anomalies)
    mutations.add(other.mutations)
    phases.add(other.phases)
    classes.add(other.classes)
  }

  private static func number(_ cuts: Cuts) -> Int {
    switch cuts {
    case .whole: 0
    case .every: 1
    case .at: 2
    case .recorded: 3
    case .random: 4
    case .places(let place): plainCuts.count + placeNumber(place)
    }
  }

  private static func placeNumber(_ place: Cuts.Place) -> Int {
    Cuts.Place.allCases.firstIndex(of: place) ?? 0
  }

  private static func number(_ behavior: ClientBehavior?) -> Int {
    guard let behavior else { return 0 }
    let kind = ClientBehavior.Kind.allCases.firstIndex(of: behavior.kind) ?? 0
    return 1 + kind * 2 + (behavior.offset == 0 ? 0 : 1)
  }

  private static func number(_ fault: Fault?, _ transmission: Transmission) -> Int {
    guard let fault else { return 0 }
    let kind = Fault.Kind.allCases.firstIndex(of: fault.kind) ?? 0
    let passed = transmission.bodyCount(before: fault.offset)
    let place =
      if fault.offset == 0 {
        0
      } else if fault.offset < transmission.headEnd {
        1
      } else if fault.offset >= transmission.bytes.count {
        4
      } else if passed == 0 {
        2
      } else {
        3
      }
    return 1 + kind * faultPlaces.count + place
  }
}
