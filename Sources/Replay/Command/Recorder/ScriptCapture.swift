// The recordings of the project are not written by hand but captured, by the recorder that records any
// upstream: the mock sends each scripted session over a real socket of this machine, through the recorder
// to a plain client, and it is saved like every recording. All sessions run at once, in one thread.
//
// The next fragment of a session is sent when its time has come and its client has read the one before.
// So each write is one read, and the borders are the same in every capture; times are measured.

internal import Canaries
internal import Foundation
package import MockQwen
internal import Networks
internal import ProxyServing
internal import ProxyUnderTest
internal import Recordings
internal import Sockets
internal import Stages
internal import Terminal
internal import Trials
internal import Wire

/// Plays sessions over loopback, through the recorder into a folder.
package struct ScriptCapture: ~Copyable {
  /// The longest duration until the last fragment, in milliseconds; a longer session is sped up by a
  /// whole number.
  package static let durationMax = 2_000
  /// The key that the client sends; a recording never shows it.
  package static let key = "sk-replay-scripted-capture"

  /// One session: its mock, its recorder, and the client that asks.
  private struct Capture {
    let session: Session
    let delivery: Delivery
    let back: ListenerID
    let front: ListenerID
    let client: ConnectionID
    /// The client's request.
    let request: [UInt8]
    var mock = MockServer(rules: RequestRules(key: ScriptCapture.key))
    var recorder: RecorderService
    /// How many bytes the client has read.
    var readCount = 0
    var isOpen = true

    /// Whether the client has read all that the mock has sent.
    func isRead(of connection: ConnectionID) -> Bool { mock.released(on: connection) <= readCount }
  }

  private let folder: RecordingFolder
  private let replaces: Bool
  /// How long an upstream may be silent, in milliseconds.
  private let silenceMax: Int
  private var network: SocketNetwork
  private var captures: [Capture] = []

  /// Recordings go into the folder at `path`. An existing one is replaced; with `replaces` false it stays
  /// and the new one gets a number. Throws `UsageError`.
  package init(into path: String, replaces: Bool, silenceMax: Int = 2_000) throws {
    let folder = try RecordingFolder(path)
    network = try SocketNetwork()
    self.folder = folder
    self.replaces = replaces
    self.silenceMax = silenceMax
  }

  /// Captures `sessions` under their names. Call it once.
  ///
  /// - Parameter log: Gets a line for each session, on any thread.
  /// - Returns: How many could not be recorded.
  package mutating func run(
    _ sessions: [Session], log: @escaping @Sendable (String) -> Void
  ) throws -> Int {
    for session in sessions { try capture(session, log) }
    var events: [NetworkEvent] = []
    while captures.contains(where: \.isOpen) {
      events.removeAll(keepingCapacity: true)
      network.poll(timeout: timeout(), into: &events)
      let now = monotonicMilliseconds()
      for event in events { try take(event, at: now) }
      for index in captures.indices where captures[index].isOpen { try goOn(index, at: now) }
    }
    for index in captures.indices { captures[index].recorder.stop(in: &network) }
    return captures.reduce(0) { $0 + $1.recorder.lostCount }
  }

  /// Sets up the mock and the recorder of a session, and connects its client.
  private mutating func capture(
    _ session: Session, _ log: @escaping @Sendable (String) -> Void
  ) throws {
    var plan = Plan()
    plan.cuts = .recorded
    plan.pacing = .recorded
    plan.framing = session.framing.planned
    var played = session
    let speed = max(((session.fragments.last?.milliseconds ?? 0) - 1) / Self.durationMax + 1, 1)
    for index in played.fragments.indices { played.fragments[index].milliseconds /= speed }
    let back = try network.listen(host: "127.0.0.1", port: 0)
    let front = try network.listen(host: "127.0.0.1", port: 0)
    let upstream = BaseURL(scheme: .http, host: "127.0.0.1", port: back.port)
    let pace = speed > 1 ? "; played \(speed) times as fast" : ""
    let rules = CaptureRules(
      source: "synthetic: replay's scripted upstream, session \(session.name); "
        + "shapes as DashScope documents them\(pace)",
      redactor: Redactor(takesIDs: false), name: session.name, replaces: replaces)
    let recorder = RecorderService(
      RecorderServer(upstream: upstream, silenceMax: silenceMax),
      captures: CaptureQueue(folder, rules, log: log), known: nil, keys: RequestKeys())
    captures.append(
      Capture(
        session: session, delivery: Delivery(played, plan), back: back.listener,
        front: front.listener, client: network.connect(to: "127.0.0.1", port: front.port),
        request: Self.bytes(of: session.request, port: front.port), recorder: recorder))
  }

  /// The scripted request, in the bytes of a client.
  private static func bytes(of request: Session.Request, port: Int) -> [UInt8] {
    var fields = request.fields
    fields.set("Authorization", "Bearer \(key)")
    fields.list.insert(Field("Host", "127.0.0.1:\(port)"), at: 0)
    fields.add("Content-Length", String(request.body.count))
    var bytes: [UInt8] = []
    RequestHead(method: request.method, target: request.target, fields: fields).write(into: &bytes)
    return bytes + request.body
  }

  private mutating func take(_ event: NetworkEvent, at now: Int) throws {
    switch event {
    case .accepted(let listener, let connection):
      if let index = captures.firstIndex(where: { $0.back == listener }) {
        captures[index].mock.accept(connection)
      } else if let index = captures.firstIndex(where: { $0.front == listener }) {
        captures[index].recorder.accept(connection, at: now, in: &network)
      }
    case .opened(let connection), .refused(let connection), .bytes(let connection, _),
      .finished(let connection), .reset(let connection), .drained(let connection):
      if let index = captures.firstIndex(where: { $0.client == connection }) {
        try takeAsClient(event, index)
      } else if let index = captures.firstIndex(where: { $0.mock.owns(connection) }) {
        let delivery = captures[index].delivery
        captures[index].mock.handle(event, at: now, choosing: { _ in delivery }, in: &network)
      } else {
        // Only one recorder owns the connection; the others ignore the event.
        for index in captures.indices {
          captures[index].recorder.handle(event, at: now, in: &network)
        }
      }
    }
  }

  private mutating func takeAsClient(_ event: NetworkEvent, _ index: Int) throws {
    switch event {
    case .opened(let client): network.send(captures[index].request, on: client)
    case .bytes(_, let bytes): captures[index].readCount += bytes.count
    case .refused: throw UsageError("cannot connect to the recorder on 127.0.0.1")
    case .accepted, .finished, .reset, .drained: break
    }
  }

  /// Sends the next fragment if it is due, or ends the capture when its response has ended.
  private mutating func goOn(_ index: Int, at now: Int) throws {
    if let due = captures[index].mock.nextDue {
      guard due.time <= now, captures[index].isRead(of: due.connection) else { return }
      let delivery = captures[index].delivery
      captures[index].mock.release(
        due.connection, at: now, choosing: { _ in delivery }, in: &network)
      return
    }
    captures[index].recorder.wake(at: now, in: &network)
    guard let answer = captures[index].mock.answers.first, captures[index].recorder.busyCount == 0
    else {
      return
    }
    guard answer.name == captures[index].session.name else {
      throw UsageError("the scripted upstream did not answer \(captures[index].session.name)")
    }
    captures[index].isOpen = false
    network.close(captures[index].client)
    network.stopListening(captures[index].front)
    network.stopListening(captures[index].back)
  }

  /// Milliseconds until something is due; bytes on their way wake the loop by themselves.
  private func timeout() -> Int {
    let now = monotonicMilliseconds()
    let times = captures.filter(\.isOpen).map { capture in
      guard let due = capture.mock.nextDue else {
        return capture.recorder.nextDue ?? now + silenceMax
      }
      return capture.isRead(of: due.connection) ? due.time : now + silenceMax
    }
    return max((times.min() ?? now) - now, 0)
  }
}
