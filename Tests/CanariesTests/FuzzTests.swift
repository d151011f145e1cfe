// The fuzzer's promises: a case is a function of seed and number, a report of the cases alone, and
// the shards of a run are that run.

import Foundation
import MockQwen
import ProxyUnderTest
import Testing
import Wire

@testable import Canaries
@testable import Judging
@testable import Networks
@testable import ProxyServing
@testable import Stages
@testable import Terminal
@testable import Trials

@Suite(.timeLimit(.minutes(30))) struct FuzzTests {
  static let sessions = Script.all.map(\.session)

  static func options(
    seed: UInt64 = 7, cases: Int, core: String = CrashFile.embedded
  ) -> FuzzOptions {
    var options = FuzzOptions(sessions: sessions, seed: seed)
    options.casesMax = cases
    options.core = (try? CoreChoice(named: core)) ?? .embedded
    return options
  }

  @Test func aCaseIsAFunctionOfSeedAndNumber() {
    let cases = FuzzCases(Self.sessions, seed: 7)
    let again = FuzzCases(Self.sessions, seed: 7)
    let other = FuzzCases(Self.sessions, seed: 8)
    let numbers = 0..<200
    let lines = numbers.map { cases[$0].plan.description }
    #expect(lines == numbers.reversed().map { again[$0].plan.description }.reversed())
    #expect(numbers.map { cases[$0].session } == numbers.map { again[$0].session })
    #expect(lines != numbers.map { other[$0].plan.description })
    #expect(Set(lines).count > 150)
  }

  @Test func drawnPlansReadBack() throws {
    let cases = FuzzCases(Self.sessions, seed: 3)
    for number in 0..<500 {
      let plan = cases[number].plan
      #expect(try Plan(plan.description) == plan)
    }
  }

  @Test func theCoreHolds() async throws {
    let result = try await Fuzzer(Self.options(seed: 11, cases: 2_000)).run()
    #expect(result.report.failures == [])
    #expect(result.report.failureCount == 0)
    #expect(result.report.caseCount == 2_000)
    #expect(result.report.socketsCaseCount > 0)
    #expect(result.report.eventCount > 2_000)
    let cuts = try #require(result.report.coverage["cuts"])
    #expect(
      cuts.filter { $0.value == 0 }.keys.sorted() == [
        "chunks chunkends", "chunks head", "chunks last", "chunks sizes",
      ])
    for table in ["tls", "framings", "oddities", "pacing", "mutations"] {
      #expect(result.report.coverage[table]?.values.contains(0) == false, "\(table)")
    }
    // Of the faults of TLS each place is hit, but not within so few cases.
    let faults = try #require(result.report.coverage["faults"])
    let missed = faults.filter { $0.value == 0 }.keys
    #expect(
      missed.allSatisfy { name in Fault.Kind.plain.allSatisfy { !name.hasPrefix($0.rawValue) } })
  }

  @Test(arguments: [CrashFile.embedded, CanaryName.fragmentLines.rawValue])
  func reportsDoNotDependOnTheWorkers(_ core: String) async throws {
    var options = Self.options(cases: 600, core: core)
    options.workers = 1
    let one = try await Fuzzer(options).run()
    options.workers = 3
    let three = try await Fuzzer(options).run()
    #expect(try one.report.json() == three.report.json())
    #expect(one.crashes == three.crashes)
    #expect(one.report.failures.isEmpty == (core == CrashFile.embedded))
  }

  @Test func failFastEndsBehindTheFirstFailure() async throws {
    var options = Self.options(cases: 600, core: CanaryName.fragmentLines.rawValue)
    (options.workers, options.shrinks) = (1, false)
    let all = try await Fuzzer(options).run().report
    options.failsFast = true
    let fast = try await Fuzzer(options).run().report
    #expect(all.failureCount > 1 && fast.failureCount == 1)
    #expect(fast.failures.first == all.failures.first)
    #expect(fast.caseCount == fast.casesBelow && fast.casesBelow == all.failures[0].number + 1)
  }

  @Test(arguments: 1...7)
  func shardsShareTheNumbers(_ count: Int) throws {
    for range in [0..<0, 0..<1, 0..<40, 512..<530, 13..<1_000] {
      let shards = try (1...count).map { try Shard("\($0)/\(count)") }
      let numbers = shards.map { Array($0.numbers(in: range)) }
      #expect(numbers.flatMap { $0 }.sorted() == Array(range))
      for (index, own) in numbers.enumerated() {
        #expect(own.allSatisfy { $0 % count == index })
      }
    }
  }

  @Test(arguments: [CrashFile.embedded, CanaryName.directPipe.rawValue])
  func reportsOfShardsMergeToTheWhole(_ core: String) async throws {
    let whole = try await Fuzzer(Self.options(cases: 700, core: core)).run().report
    var parts: [FuzzReport] = []
    for index in 1...3 {
      var options = Self.options(cases: 700, core: core)
      options.shard = try Shard("\(index)/3")
      let part = try await Fuzzer(options).run().report
      parts.append(try FuzzReport.read(part.json(), file: "part"))
    }
    #expect(parts.map(\.caseCount) == [234, 233, 233])
    #expect(parts.map(\.shards) == [["1/3"], ["2/3"], ["3/3"]])
    #expect(try FuzzReport.merged([parts[2], parts[0], parts[1]]).json() == whole.json())
    let two = try FuzzReport.merged([parts[1], parts[0]])
    #expect(two.shards == ["1/3", "2/3"])
    #expect(try FuzzReport.merged([two, parts[2]]) == whole)
    #expect(throws: UsageError.self) { try FuzzReport.merged([parts[0], parts[0]]) }
    #expect(throws: UsageError.self) { try FuzzReport.merged([whole, parts[0]]) }
    #expect(throws: UsageError.self) { try FuzzReport.merged([]) }
    var other = parts[1]
    other.seed += 1
    #expect(throws: UsageError.self) { try FuzzReport.merged([parts[0], other]) }
  }

  @Test func stagesThatDifferAreFound() throws {
    let cases = FuzzCases(Self.sessions, seed: 7)
    let example = cases[0]
    let delivery = Delivery(example.transmission, example.plan)
    var stage = try Stage<SimulatedNetwork, Exchange>(SimulatedNetwork())
    let observation = try stage.run(delivery, borders: [])
    #expect(CaseRunner<Exchange>.disagreement(observation, observation) == nil)
    var other = observation
    other.body.append(0)
    other.ending = .silent
    let violation = try #require(CaseRunner<Exchange>.disagreement(observation, other))
    #expect(violation.check == .stages)
    #expect(violation.name == "DISAGREE")
    #expect(violation.detail == "the simulated stage and sockets differ in: body, ending")
    // The port of the stage is not a difference.
    var moved = observation
    moved.requests[0].fields.set("Host", "127.0.0.1:9")
    #expect(CaseRunner<Exchange>.disagreement(observation, moved) == nil)
  }

  /// The proxy core, but that it does not hear when its client goes.
  private struct Deaf: ProxyCore {
    private var exchange: Exchange
    init(settings: Settings) { exchange = Exchange(settings: settings) }
    var isClosed: Bool { exchange.isClosed }
    var deadline: Milliseconds? { exchange.deadline }
    mutating func handle(
      _ input: Exchange.Input, at now: Milliseconds, into outputs: inout [Exchange.Output]
    ) {
      if case .clientClosed = input { return }
      exchange.handle(input, at: now, into: &outputs)
    }
  }

  static let behaviors = ["leaves@0", "resets@0", "leaves@1", "resets@40", "leaves@300"]

  @Test(arguments: behaviors, CaseStage.allCases)
  func aClientThatGoesTakesTheUpstreamAlong(_ behavior: String, _ stage: CaseStage) throws {
    let plan = try Plan("cuts=events framing=length client=\(behavior)")
    #expect(try Plan(plan.description) == plan)
    let held = try CaseRunner<Exchange>().run(Self.sessions[0], plan, on: stage)
    #expect(held.violations == [])
    let deaf = try CaseRunner<Deaf>().run(Self.sessions[0], plan, on: stage)
    #expect(deaf.violations.map(\.check) == [.cancel, .leftovers])
  }

  @Test func aClientThatWaitsForMoreThanThereIsStays() throws {
    let plan = try Plan("cuts=events client=leaves@1000000")
    let delivery = Delivery(Self.sessions[0], plan)
    var stage = try Stage<SimulatedNetwork, Exchange>(SimulatedNetwork())
    let observation = try stage.run(delivery, borders: [])
    #expect(observation.ending == .complete)
    #expect(observation.body == Self.sessions[0].body)
  }

  @Test func nothingImpossibleIsReached() async throws {
    let report = try await Fuzzer(Self.options(cases: 300)).run().report
    for table in Coverage().tables {
      let names = table.impossible.flatMap(\.names)
      #expect(Set(names).isSubset(of: table.names) && Set(names).count == names.count)
      let counts = report.coverage[table.title] ?? [:]
      #expect(names.filter { counts[$0] != 0 } == [], "\(table.title)")
    }
  }
}
