// The table of bug classes: every known class stands in it once, and whether a delivery exercises a
// class is shown both ways, by one that does and one that does not.

import Foundation
import MockQwen
import Testing
import Wire

@testable import Judging
@testable import Trials

@Suite struct BugClassTests {
  /// What a delivery is made of, in a test.
  struct Example: Sendable {
    var body = "data: {}\n\n"
    var plan = "cuts=whole"
    var type: String? = "text/event-stream"
    var status = 200
    var fields: [Field] = []
    var ending = Session.Ending.complete

    var session: Session {
      var session = Script.all[0].session
      session.body =
        body.hasSuffix("%E4") ? Array(body.utf8.dropLast(3)) + [0xE4] : Array(body.utf8)
      session.fragments = [Session.Fragment(end: session.body.count, milliseconds: 0)]
      session.response = ResponseHead(
        status: status, fields: Fields(type.map { [Field("Content-Type", $0)] } ?? []))
      session.response.fields.list += fields
      session.ending = ending
      return session
    }

    /// The classes that it exercises. In the plan `@b9` is the place behind body byte 9.
    func classes() throws -> [String] {
      let session = session
      var plan = try Plan(self.plan.replacing("@b", with: "@"))
      if self.plan.contains("@b"), let fault = plan.fault {
        let transmission = Transmission(session, framing: plan.framing, chunks: plan.chunks)
        plan.fault = Fault(fault.kind, at: transmission.wireOffset(behindBody: fault.offset))
      }
      let whole = Expectation.whole(session)
      let delivery = Delivery(session, plan)
      let expectation = Expectation.of(delivery, whole: whole)
      return SessionFeatures(session, whole).conditions(of: delivery, expectation).classes.ids
    }
  }

  struct Case: Sendable, CustomTestStringConvertible {
    var id: String
    var has: Example
    var hasNot: Example
    var testDescription: String { id }
  }

  static func has(_ id: String, _ has: Example, not hasNot: Example = Example()) -> Case {
    Case(id: id, has: has, hasNot: hasNot)
  }

  static let two = "data: {}\n\ndata: {}\n\n"
  static let done = "data: {}\n\ndata: [DONE]\n\n"

  /// A chunk with one choice.
  static func chunk(_ choice: String) -> String { #"data: {"choices":[{\#(choice)}]}"# + "\n\n" }
  static func text(_ text: String) -> String { chunk(#""delta":{"content":"\#(text)"}"#) }
  static func tool(_ call: String) -> String { chunk(#""delta":{"tool_calls":[\#(call)]}"#) }
  static let finish = chunk(#""delta":{},"finish_reason":"stop""#)

  static let cases = lineCases + textCases + answerCases + transportCases + recordCases

  @Test(arguments: cases) func aDeliveryExercisesIt(_ example: Case) throws {
    #expect(try example.has.classes().contains(example.id))
    #expect(try !example.hasNot.classes().contains(example.id))
  }

  /// An event above the proxy's limit is too long for a table, and a lower limit does as well.
  @Test func anEndlessBlockIsKnown() throws {
    let session = Example().session
    let whole = Expectation.whole(session)
    func isEndless(_ max: Int) -> Bool {
      let features = SessionFeatures(session, whole, blockBytesMax: max)
      return features.conditions(of: Delivery(session, Plan()), whole).classes.ids
        .contains("unbounded-event-buffer")
    }
    #expect(isEndless(session.body.count - 1))
    #expect(!isEndless(session.body.count))
  }

  /// Every class that a plan can say has its cases above.
  @Test func everyClassIsShownBothWays() {
    let shown = Set(Self.cases.map(\.id)).union(["unbounded-event-buffer"])
    let said = BugClass.all.filter { !$0.exercisedBy.isEmpty }.map(\.id)
    #expect(shown == Set(said))
  }

  @Test func theTableIsInOrder() {
    #expect(BugClass.all.map(\.number) == Array(1...122))
    #expect(Set(BugClass.all.map(\.id)).count == 122)
    #expect(Condition.allCases.count <= 128)
    for one in BugClass.all {
      #expect(!one.checks.isEmpty, "\(one.id)")
      #expect(!one.title.hasSuffix(".") && !one.symptom.hasSuffix("."), "\(one.id)")
    }
  }

  @Test func theTableHoldsEveryKnownClass() throws {
    let path = "../shared/bug-classes.json"
    guard let data = FileManager.default.contents(atPath: path) else {
      print("skipped: there is no list of classes at \(path)")
      return
    }
    let list = try #require(try JSONSerialization.jsonObject(with: data) as? [[String: Any]])
    #expect(
      list.compactMap { $0["id"] as? String } == BugClass.all.prefix(list.count).map(\.id))
    let threads = list.compactMap { $0["cites"] as? [String] }
    #expect(zip(threads, BugClass.all).allSatisfy { Set($0).isSubset(of: $1.threads) })
  }
}
