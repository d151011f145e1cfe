// One byte at each place of the grammar: the core takes and refuses what the harness' own tables say,
// at the moment they say, and a core whose tables differ by one byte is caught.

import MockQwen
import ProxyServing
import ProxyUnderTest
import Testing

@testable import Judging
@testable import Trials

@Suite(.timeLimit(.minutes(10))) struct OctetTests {
  static let session: Session = {
    var session = Script.all[1].session
    session.body = Array("data: 1\n\n".utf8)
    session.fragments = [Session.Fragment(end: session.body.count, milliseconds: 0)]
    return session
  }()

  static func octets(_ place: OddOctet.Place) -> [OddOctet] {
    (UInt8.min...UInt8.max).compactMap { OddOctet(place, $0) }
  }

  @Test(arguments: OddOctet.Place.allCases)
  func theCoreKeepsTheGrammar(_ place: OddOctet.Place) throws {
    let octets = Self.octets(place)
    #expect(octets.count >= 256 - 22)
    let runner = CaseRunner<Exchange>()
    for octet in octets {
      for line in ["", " pacing=1ms cuts=1x"] where line.isEmpty || Self.isBorder(octet.byte) {
        let plan = try Plan("octet=\(octet)\(line)")
        let outcome = try runner.run(Self.session, plan, on: .simulated)
        #expect(outcome.violations == [], "\(plan)")
      }
    }
  }

  private static func isBorder(_ byte: UInt8) -> Bool { "\t\n\r !\";=\\A~".utf8.contains(byte) }

  @Test(arguments: OddOctet.Place.allCases) func bothStagesAgree(_ place: OddOctet.Place) throws {
    let runner = CaseRunner<Exchange>()
    for byte in "\r !~".utf8 {
      guard let octet = OddOctet(place, byte) else { continue }
      let outcome = try runner.run(Self.session, try Plan("octet=\(octet)"), on: .both)
      #expect(outcome.violations == [], "\(octet)")
    }
  }

  /// The core with a reader that takes one byte for another.
  struct Confuses: WrappedCore {
    @TaskLocal static var bytes: [UInt8: UInt8] = [:]
    static var isDocumented: Bool { true }
    var core: Exchange

    init(settings: Settings) { core = Exchange(settings: settings) }

    mutating func handle(
      _ input: Exchange.Input, at now: Milliseconds, into outputs: inout [Exchange.Output]
    ) {
      guard case .upstream(let bytes) = input else {
        return core.handle(input, at: now, into: &outputs)
      }
      core.handle(.upstream(bytes.map { Self.bytes[$0] ?? $0 }), at: now, into: &outputs)
    }
  }

  /// A byte, the one that it is taken for, and a place where that is seen.
  static let confusions: [(UInt8, UInt8, OddOctet.Place)] = [
    (0x1F, 0x20, .value), (0x20, 0x1F, .value), (0x7F, 0x7E, .reason), (0x80, 0x7F, .reason),
    (0x40, 0x41, .name), (0x60, 0x40, .name), (0x7B, 0x7A, .name), (0x08, 0x09, .edge),
    (0x0C, 0x20, .quoted), (0xFF, 0x7F, .quoted), (0x5C, 0x22, .quoted), (0x01, 0x21, .escaped),
    (0x2C, 0x2D, .extname), (0x7C, 0x40, .extvalue), (0x0B, 0x20, .gap), (0x20, 0x40, .unquoted),
    (0x28, 0x2E, .version), (0x00, 0x20, .status), (0x40, 0x30, .size),
    (0x29, 0x21, .trailername), (0x7F, 0x21, .trailervalue),
  ]

  @Test(arguments: confusions)
  func aBorderThatMovedIsSeen(_ byte: UInt8, _ other: UInt8, _ place: OddOctet.Place) throws {
    let octet = try #require(OddOctet(place, byte))
    let plan = try Plan("octet=\(octet)")
    try Confuses.$bytes.withValue([byte: other]) {
      let outcome = try CaseRunner<Confuses>().run(Self.session, plan, on: .simulated)
      #expect(!outcome.violations.isEmpty)
    }
    let outcome = try CaseRunner<Confuses>().run(Self.session, plan, on: .simulated)
    #expect(outcome.violations == [])
  }

  @Test func standsBesideNothingElseThatIsOdd() throws {
    let plan = try Plan("odd=lower octet=value:00")
    #expect(Transmission(Self.session, plan).octet == nil)
    let closed = try Plan("framing=close octet=size:00")
    #expect(Transmission(Self.session, closed).octet == nil)
  }
}
