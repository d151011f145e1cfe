// Sessions that a test can count by hand, and text as bytes.

import MockQwen
import Wire

/// A session whose response head has no fields of its own. `borders` are where its body was read,
/// with the milliseconds; without them the whole body was one read after 10 ms.
func session(
  _ body: [UInt8], borders: [(end: Int, milliseconds: Int)] = [],
  ending: Session.Ending = .complete
) -> Session {
  let request = Session.Request(method: "POST", target: "/chat/completions", fields: [], body: [])
  let read = borders.isEmpty ? [(end: body.count, milliseconds: 10)] : borders
  return Session(
    name: "by-hand", request: request, response: ResponseHead(status: 200), framing: .chunked,
    body: body, fragments: read.map(Session.Fragment.init), ending: ending)
}

/// The same with a body of text.
func session(_ body: String, ending: Session.Ending = .complete) -> Session {
  session(Array(body.utf8), ending: ending)
}

/// The head of every such session under chunked framing, without trailers.
let chunkedHead = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

/// A picture of cuts: its text without the bars, and where the bars stand in it.
func cuts(in picture: String) -> (text: String, offsets: [Int]) {
  var text = ""
  var offsets: [Int] = []
  for piece in picture.split(separator: "|", omittingEmptySubsequences: false) {
    text += piece
    offsets.append(text.utf8.count)
  }
  return (text, offsets.dropLast())
}

/// Bytes as text, for reports.
func text(_ bytes: some Sequence<UInt8>) -> String { String(decoding: Array(bytes), as: UTF8.self) }

/// Every framing, and chunks with every dress.
let framings: [PlanFraming] = {
  var dressed: [PlanFraming] = []
  for word in ["", "+extensions", "+trailers", "+upper", "+zeros"] {
    if let plan = try? Plan("framing=chunked\(word)") { dressed.append(plan.framing) }
  }
  if let plan = try? Plan("framing=chunked+extensions+trailers+upper+zeros") {
    dressed.append(plan.framing)
  }
  return dressed + [.length, .close]
}()

extension Script {
  /// All but the long one, for what is tried at every byte.
  static let short = all.filter { $0.name != "long-answer" }
}
