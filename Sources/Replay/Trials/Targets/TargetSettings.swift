// What is known of a proxy in another process: where it is, how it is started, what it wants in a
// request, and how much of a stream it must keep.

internal import Foundation
package import MockQwen
internal import ProxyServing
internal import ProxyUnderTest
internal import Recordings
internal import Sockets
package import Terminal
package import Wire

/// How much of a stream must come out of a target as it went in; rising.
package enum CompareLevel: String, Hashable, Sendable, CaseIterable, Codable, Comparable {
  /// What the stream says, by JSON value: texts, tool arguments, finish reasons, usage.
  case content
  /// The events: type, data, id and retry, byte for byte.
  case events
  /// The body, byte for byte.
  case bytes

  package static func < (left: CompareLevel, right: CompareLevel) -> Bool {
    let order = CompareLevel.allCases
    return order.firstIndex(of: left)! < order.firstIndex(of: right)!
  }
}

/// A proxy under test in another process.
package struct TargetSettings: Hashable, Sendable {
  /// Where the proxy is; nil when it is launched on a port that the system chooses.
  package var url: BaseURL?
  /// Where the mock listens as its upstream.
  package var listen = ListenPlace()
  /// The shell command that starts the proxy; nil when it runs already.
  package var launch: String?
  /// The path that the client posts to.
  package var path = "/v1/chat/completions"
  /// Fields that the client sends, instead of its own of the same name.
  package var fields = Fields()
  /// The model that the client asks for instead of the recorded one.
  package var model: String?
  package var level = CompareLevel.events
  /// Whether comments count at the level of events.
  package var comparesComments = false
  /// How long to wait between fragments where the kernel cannot be asked, in milliseconds.
  package var fragmentPause = 2
  /// How long the target may be silent where it has something to do, in milliseconds.
  package var timeout = 5_000
  /// How long the target may keep a block that is complete, in milliseconds.
  package var lateAfter = 500

  /// The client's request for a session, as bytes for `authority`.
  package func request(for session: Session, authority: String) -> [UInt8] {
    let body = model.map { renamed(session.request.body, model: $0) } ?? session.request.body
    var head = RequestHead(
      method: "POST", target: path,
      fields: [
        Field("Host", authority), Field("Authorization", "Bearer sk-client-of-the-stage"),
        Field("Content-Type", "application/json"), Field("Accept", "text/event-stream"),
      ])
    if session.request.fields["X-DashScope-SSE"] != nil {
      head.fields.add("X-DashScope-SSE", "enable")
    }
    for field in fields.list { head.fields.remove(field.name) }
    for field in fields.list { head.fields.add(field.name, field.value) }
    head.fields.add("Content-Length", String(body.count))
    var bytes: [UInt8] = []
    head.write(into: &bytes)
    return bytes + body
  }

  /// A JSON request with another model; what is no JSON object stays as it is.
  private func renamed(_ body: [UInt8], model: String) -> [UInt8] {
    guard
      var object = try? JSONSerialization.jsonObject(with: Data(body)) as? [String: Any],
      object["model"] != nil
    else { return body }
    object["model"] = model
    let options: JSONSerialization.WritingOptions = [.sortedKeys, .withoutEscapingSlashes]
    return (try? JSONSerialization.data(withJSONObject: object, options: options)).map(Array.init)
      ?? body
  }
}

/// A target that cannot be judged: it is down, it is no proxy, or it has died. Exit code 2.
package struct TargetError: Error, Hashable, Sendable, CustomStringConvertible {
  package var description: String
  /// The last of what the target has written, when it was launched.
  package var output = ""
  /// Whether the user has ended the run.
  package var isInterruption = false

  /// Tells a person: what happened, and the last words of a target that was launched.
  package func show(_ console: Console, isLaunched: Bool) {
    console.progress("")
    console.warn("replay: \(description)")
    if isLaunched { console.warn(outputText) }
  }

  /// The output as a block of its own.
  package var outputText: String {
    guard !output.isEmpty else { return "The target has written nothing." }
    let lines = output.split(separator: "\n").suffix(40)
    return "The last that the target has written:\n"
      + lines.map { "  \(printable($0))" }.joined(separator: "\n")
  }
}
