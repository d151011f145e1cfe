// A plan is what a crash file holds: every plan prints as a line that reads back as the same plan,
// and a line that is not a plan is refused by the word that is wrong.

import MockQwen
import Testing

@Suite struct PlanTextTests {
  /// Lines in the form in which plans print.
  static let lines =
    [
      "cuts=whole", "cuts=1x", "cuts=1460x", "cuts=9223372036854775807x", "cuts=17",
      "cuts=0,1,2", "cuts=17,18,330", "cuts=recorded", "cuts=random:0/1",
      "cuts=random:18446744073709551615/20", "cuts=whole chunks=whole", "cuts=whole chunks=7x",
      "cuts=whole chunks=3,9", "cuts=whole chunks=recorded", "cuts=whole chunks=random:5/6",
      "cuts=whole framing=length", "cuts=whole framing=close",
      "cuts=whole framing=chunked+extensions", "cuts=whole framing=chunked+trailers",
      "cuts=whole framing=chunked+upper", "cuts=whole framing=chunked+zeros",
      "cuts=whole framing=chunked+extensions+trailers+upper+zeros", "cuts=whole pacing=recorded",
      "cuts=whole pacing=0ms", "cuts=whole pacing=20ms", "cuts=whole fault=fin@0",
      "cuts=whole fault=reset@512", "cuts=whole fault=stall@1",
      "cuts=17,18,330 chunks=1x framing=chunked+upper pacing=recorded fault=reset@512",
      "cuts=whole odd=interim+http10", "cuts=whole odd=length+extra", "cuts=whole first=401",
      "cuts=whole streams=256", "cuts=whole stop=0", "cuts=whole streams=2 stop=41",
      "cuts=1x odd=hops fault=fin@9 first=503 request=again client=pauses@7 streams=2",
      "cuts=7x tls=whole", "cuts=whole tls=events+empty", "cuts=whole tls=1,2 handshake=rekey@0",
      "cuts=whole handshake=renegotiate@512 fault=tear@800", "cuts=whole fault=truncate@1",
      "cuts=whole fault=alert@1",
    ] + Cuts.Place.allCases.map { "cuts=\($0.rawValue)" }
    + OddOctet.Place.allCases.map { "cuts=whole octet=\($0.rawValue):0B" }
    + ResponseAnomalies.names.map { "cuts=whole odd=\($0.name)" }
    + RequestForm.allCases.dropFirst().map { "cuts=whole request=\($0.rawValue)" }
    + ClientBehavior.Kind.allCases.map { "cuts=whole client=\($0.rawValue)@12" }
    + ["cuts=whole client=pauses@12/1s", "cuts=whole client=pauses@0/3600s"]

  @Test(arguments: lines) func readsWhatItPrints(_ line: String) throws {
    #expect(try Plan(line).description == line)
  }

  /// What stands for a plan although no plan prints so.
  static let spellings: [(String, String)] = [
    ("", "cuts=whole"), (" \t ", "cuts=whole"), ("chunks=events", "cuts=whole"),
    ("pacing=none framing=chunked", "cuts=whole"),
    ("cuts=whole\tfault=fin@007 ", "cuts=whole fault=fin@7"),
    (
      "fault=fin@1 pacing=5ms framing=close chunks=2x cuts=done",
      "cuts=done chunks=2x framing=close pacing=5ms fault=fin@1"
    ),
    ("framing=chunked+zeros+upper", "cuts=whole framing=chunked+upper+zeros"),
    ("cuts=0017,018", "cuts=17,18"),
  ]

  @Test(arguments: spellings) func readsOtherSpellings(_ line: String, _ printed: String) throws {
    #expect(try Plan(line).description == printed)
  }

  @Test func standsAtItsDefaults() throws {
    let plan = try Plan("")
    #expect(plan == Plan())
    #expect(plan.cuts == .whole)
    #expect(plan.chunks == .places(.events))
    #expect(plan.framing == .chunked(ChunkDress()))
    #expect(plan.pacing == .none)
    #expect(plan.fault == nil)
  }

  /// Words that are not part of a plan.
  static let wrong = [
    "bogus", "bogus=1", "=", "=5", "cuts", "Cuts=whole", "seed=5", "cuts:5",
    "cuts=", "cuts=5,3", "cuts=5,5", "cuts=+5", "cuts=-5", "cuts=0x", "cuts=x", "cuts=+1x",
    "cuts=1xx", "cuts=5,", "cuts=,5", "cuts=5,,6", "cuts=5;6", "cuts=Whole", "cuts=bogus",
    "cuts=9223372036854775808", "cuts=\u{0663}", "cuts=5=6", "cuts=whole,5", "cuts=events,done",
    "cuts=random", "cuts=random:", "cuts=random:5", "cuts=random:5/", "cuts=random:5/0",
    "cuts=random:/5", "cuts=random:+5/5", "cuts=random:5/+5", "cuts=random:-1/5",
    "cuts=random:5/5/5", "cuts=random:18446744073709551616/1",
    "chunks=", "chunks=foo", "chunks=0x", "chunks=4,2",
    "framing=", "framing=foo", "framing=chunked+foo", "framing=chunked+", "framing=+upper",
    "framing=length+upper", "framing=close+zeros", "framing=chunked+upper+upper",
    "framing=Chunked", "framing=chunked,upper",
    "pacing=", "pacing=5", "pacing=ms", "pacing=+5ms", "pacing=-5ms", "pacing=5s", "pacing=1.5ms",
    "pacing=9223372036854775807ms",
    "octet=", "octet=value", "octet=value:0", "octet=value:0g", "octet=size:41", "octet=x:00",
    "odd=", "odd=foo", "odd=plus+plus", "odd=plus+", "odd=Plus", "first=", "first=200", "first=600",
    "first=+401", "request=", "request=foo", "request=Head", "client=", "client=leaves",
    "client=goes@1", "client=pauses@-1", "client=pauses@+1", "client=pauses@1/",
    "client=pauses@1/9",
    "client=pauses@1/0s", "client=pauses@1/3601s", "client=leaves@1/9s", "client=pauses@1/+9s",
    "streams=", "streams=0", "streams=257",
    "streams=+2", "stop=", "stop=-1", "stop=+1",
    "fault=", "fault=reset", "fault=reset@", "fault=reset@-1", "fault=reset@+1", "fault=@5",
    "fault=rst@5", "fault=reset@5@6", "fault=Reset@5", "fault=reset@1.5",
  ]

  @Test(arguments: wrong) func namesTheWrongWord(_ word: String) {
    // Beside a good word that is not given twice by it.
    let good = word.hasPrefix("pacing=") ? "cuts=1x" : "pacing=none"
    for line in [word, "\(word) \(good)", "\(good) \(word)"] {
      let error = #expect(throws: PlanError.self, "\(line)") { try Plan(line) }
      #expect(error?.word == word)
      #expect(error?.description.contains("'\(word)'") == true)
      #expect(error?.expected.isEmpty == false)
    }
  }

  static let doubled = [
    "cuts=5 cuts=6", "cuts=5 cuts=5", "chunks=1x cuts=5 chunks=2x",
    "framing=close framing=length", "pacing=none pacing=5ms", "fault=fin@1 fault=reset@1",
  ]

  @Test(arguments: doubled) func refusesAWordGivenTwice(_ line: String) {
    let second = line.split(separator: " ").last.map(String.init)
    let error = #expect(throws: PlanError.self) { try Plan(line) }
    #expect(error?.word == second)
  }

  @Test func noCutsPrintAsWhole() throws {
    var plan = Plan()
    plan.cuts = .at([])
    plan.chunks = .at([])
    #expect(plan.description == "cuts=whole chunks=whole")
    let body = session("data: a\n\ndata: b\n\n")
    let read = try Plan(plan.description)
    #expect(Delivery(body, read) == Delivery(body, plan))
  }

  @Test func everyPlanReadsBack() throws {
    var generator = SeededGenerator(seed: 1)
    for _ in 0..<4_000 {
      let plan = anyPlan(&generator)
      #expect(try Plan(plan.description) == plan)
    }
  }
}

/// A plan with every property drawn.
private func anyPlan(_ generator: inout SeededGenerator) -> Plan {
  var plan = Plan()
  plan.cuts = anyCuts(&generator)
  plan.chunks = anyCuts(&generator)
  switch generator.number(below: 3) {
  case 0: plan.framing = .length
  case 1: plan.framing = .close
  default:
    var dress = ChunkDress()
    let bits = generator.number(below: 16)
    dress.extensions = bits & 1 != 0
    dress.trailers = bits & 2 != 0
    dress.upper = bits & 4 != 0
    dress.zeros = bits & 8 != 0
    plan.framing = .chunked(dress)
  }
  switch generator.number(below: 3) {
  case 0: plan.pacing = .recorded
  case 1: plan.pacing = .fixed(generator.number(below: 100))
  default: plan.pacing = .none
  }
  let kind = generator.number(below: Fault.Kind.allCases.count + 1)
  if kind > 0 {
    plan.fault = Fault(Fault.Kind.allCases[kind - 1], at: generator.number(below: 5_000))
  }
  return plan
}

private func anyCuts(_ generator: inout SeededGenerator) -> Cuts {
  switch generator.number(below: 6) {
  case 0: .whole
  case 1: .recorded
  case 2: .every(1 + generator.number(below: 2_000))
  case 3: .random(seed: generator.next(), count: 1 + generator.number(below: 50))
  case 4: .places(Cuts.Place.allCases[generator.number(below: Cuts.Place.allCases.count)])
  default:
    .at(Set((0...generator.number(below: 9)).map { _ in generator.number(below: 900) }).sorted())
  }
}
