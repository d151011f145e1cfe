// Which session the mock gives to which request.

import MockQwen
import Testing
import Wire

@testable import Commands

@Suite struct SessionLibraryTests {
  static let hello = #"{"model":"m","messages":[{"role":"user","content":"Hello"}],"stream":true}"#
  static let native =
    #"{"model":"m","input":{"messages":[{"role":"user","content":"Hello"}]},"parameters":{}}"#

  /// Requests in order, each a body and perhaps a name, and the sessions that answer them.
  static let cases: [(requests: [(body: String, name: String?)], answers: [String])] = [
    ([("{}", "b")], ["b"]),
    (
      [("{}", "b"), ("{}", nil), ("{}", "a"), ("{}", nil), ("{}", nil)], ["b", "a", "a", "b", "c"]
    ),
    ([(hello, "c"), (hello, nil)], ["c", "b"]),
    ([("not JSON", nil), ("[]", nil), ("", nil), ("{}", nil)], ["a", "b", "c", "d"]),
    // The same question, written otherwise, with other parameters.
    (
      [
        (
          "{ \"top_p\": 1, \"messages\":[{\"content\":\"H\\u0065llo\",\"role\":\"user\"}],"
            + "\"model\":\"m\" }", nil
        )
      ], ["b"]
    ),
    // Equal questions take turns, beside those that fit none.
    (
      [(hello, nil), ("{}", nil), (hello, nil), (native, nil), ("{}", nil)],
      ["b", "a", "d", "b", "b"]
    ),
    ([("{}", "nobody")], ["recording_not_found"]),
    ([("{}", "A")], ["recording_not_found"]),
  ]

  @Test(arguments: cases)
  func answers(_ requests: [(body: String, name: String?)], _ answers: [String]) {
    var library = SessionLibrary(
      [
        session("a", "{\"model\":\"x\"}"), session("b", Self.hello), session("c", "no JSON"),
        session("d", Self.native),
      ],
      plan: Plan(), keepsFraming: true)
    let chosen = requests.map { body, name in
      library.delivery(for: request(body, name: name)).transmission.session.name
    }
    #expect(chosen == answers)
  }

  @Test func framesAsRecordedUnlessAPlanSaysOtherwise() throws {
    let sessions = Script.all.map(\.session)
    for keepsFraming in [true, false] {
      var library = SessionLibrary(sessions, plan: Plan(), keepsFraming: keepsFraming)
      for session in sessions {
        let delivery = library.delivery(for: request("{}", name: session.name))
        #expect(
          delivery.transmission.framing
            == (keepsFraming ? session.framing.planned : .chunked(ChunkDress())))
      }
    }
  }

  @Test func answersHealthAndRefusalsItself() {
    let rules = RequestRules()
    func answer(_ method: String, _ target: String) -> Session? {
      rules.answer(
        to: Session.Request(
          method: method, target: target, fields: [Field("Authorization", "Bearer k")],
          body: Array(#"{"model":"m","stream":true}"#.utf8)))
    }
    #expect(answer("GET", "/health")?.body == Array(#"{"status":"ok"}"#.utf8))
    #expect(answer("GET", "/health?x=1")?.response.status == 200)
    #expect(answer("HEAD", "/health")?.response.status == 200)
    #expect(answer("HEAD", "/health")?.body == [])
    #expect(answer("POST", "/health")?.response.status == 404)
    #expect(answer("GET", "/v1/chat/completions")?.response.status == 405)
    #expect(answer("HEAD", "/v1/chat/completions")?.body == [])
    #expect(answer("POST", "/v1/chat/completions") == nil)
  }
}

private func request(_ body: String, name: String?) -> Session.Request {
  Session.Request(
    method: "POST", target: "/v1/chat/completions",
    fields: Fields(name.map { [Field("x-replay-recording", $0)] } ?? []), body: Array(body.utf8))
}

private func session(_ name: String, _ body: String) -> Session {
  var session = Script.all[0].session
  session.name = name
  session.request.body = Array(body.utf8)
  return session
}
