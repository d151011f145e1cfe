// What may become of a client's request on its way: one field changed in each case.

import MockQwen
import Testing
import Wire

@testable import Judging

@Suite struct RequestComparisonTests {
  static let sent = Session.Request(
    method: "POST", target: "/v1/chat/completions",
    fields: [
      Field("Authorization", "Bearer a"), Field("X-Trace", "one, two"), Field("X-Other", "o"),
      Field("X-Api-Key", "k"),
    ], body: [])

  /// A field that the user has given to the client must arrive, unless it may be the target's own key.
  @Test(arguments: [
    ([("X-Trace", "one, two")], [String]()),
    ([], ["the field X-Trace is missing"]),
    ([("X-Trace", "one")], ["the field X-Trace is 'one' instead of 'one, two'"]),
    (
      [("X-Trace", "one, two"), ("X-Trace", "one, two")],
      ["the field X-Trace is 'one, two, one, two' instead of 'one, two'"]
    ),
  ]) func namedFieldsArrive(_ fields: [(String, String)], _ faults: [String]) {
    var terms = RequestTerms()
    terms.fields = .forModel
    terms.named = ["x-trace", "x-api-key"]
    var seen = Self.sent
    seen.fields = Fields([Field("Authorization", "Bearer a")] + fields.map { Field($0, $1) })
    #expect(RequestComparison(sent: Self.sent, terms: terms).faults(in: seen) == faults)
    terms.fields = .none
    #expect(RequestComparison(sent: Self.sent, terms: terms).faults(in: seen) == [])
  }

  /// A server answers a request without `Host` with 400; which host it names is the target's business.
  @Test(arguments: [
    (["a"], [String]()), (["b"], []), ([], ["the field Host is missing"]),
    (["a", "a"], ["Host occurs 2 times"]),
  ]) func oneHostArrives(_ hosts: [String], _ faults: [String]) {
    var (sent, seen) = (Self.sent, Self.sent)
    sent.fields.add("Host", "c")
    for host in hosts { seen.fields.add("Host", host) }
    var terms = RequestTerms()
    terms.fields = .forModel
    #expect(RequestComparison(sent: sent, terms: terms).faults(in: seen) == faults)
  }

  /// A query may be written in another form where bytes are not compared, but must mean the same.
  @Test(arguments: [
    ("a=%7E%2f", "a=~%2F", true), ("a=%7e", "a=%7E", true), ("a=%2F", "a=/", false),
    ("a=+b", "a=%2Bb", false), ("a=%25", "a=%2525", false), ("a=1&b=2", "b=2&a=1", false),
    ("a=%", "a=%", true), ("a", "b", false),
  ]) func queriesMeanTheSame(_ asked: String, _ came: String, _ isSame: Bool) {
    var (sent, seen) = (Self.sent, Self.sent)
    sent.target += "?" + asked
    seen.target += "?" + came
    var terms = RequestTerms()
    terms.comparesBytes = false
    let faults = RequestComparison(sent: sent, terms: terms).faults(in: seen)
    #expect(faults.isEmpty == isSame, "\(faults)")
    terms.comparesBytes = true
    #expect(RequestComparison(sent: sent, terms: terms).faults(in: seen).isEmpty == (asked == came))
  }
}
