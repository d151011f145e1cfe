// The recordings of the project are not written down but captured: each scripted session is played
// by the mock over a real socket of this machine, and a plain client reads it and keeps what it
// reads. All sessions play at once, in one thread.
//
// The next fragment of a session leaves when its time has come and its client has read the one
// before. So each write is one read, and the borders are the same in every capture; times are
// measured.

package import MockQwen
internal import Sockets
internal import Wire

/// Plays sessions over loopback and records them.
package struct ScriptCapture: ~Copyable {
  /// A longer session is played faster, by a whole number: milliseconds until its last fragment.
  package static let durationMax = 2_000
  /// The key that the client sends; a recording never shows it.
  package static let key = "sk-replay-scripted-capture"

  /// One session: its mock, and the client that reads it.
  private struct Seat {
    let session: Session
    let speed: Int
    let delivery: Delivery
    let listener: ListenerID
    let client: ConnectionID
    let request: RequestHead
    var mock = MockServer(rules: RequestRules(key: ScriptCapture.key))
    var recorder: ResponseRecorder
    /// When the request was sent, and when the last bytes came.
    var start = monotonicMilliseconds()
    var lastRead = monotonicMilliseconds()
    var isOpen = true

    /// Whether the client has read all that the mock has sent.
    func isRead(of connection: ConnectionID) -> Bool {
      mock.released(on: connection) <= recorder.byteCount
    }
  }

  private var network: SocketNetwork
  private var seats: [Seat] = []
  /// The seat of each connection and listener.
  private var seatNumbers: [Int: Int] = [:]
  /// How long the client waits for the next bytes, in milliseconds.
  private let silenceMax: Int

  package init(silenceMax: Int = 2_000) throws {
    network = try SocketNetwork()
    self.silenceMax = silenceMax
  }

  /// Captures `sessions`, in order; `captured` is the time to write down, ISO 8601 in UTC. Call it
  /// once.
  package mutating func run(_ sessions: [Session], captured: String) throws -> [Recording] {
    for session in sessions { try seat(session) }
    var events: [NetworkEvent] = []
    while seats.contains(where: \.isOpen) {
      events.removeAll(keepingCapacity: true)
      network.poll(timeout: timeout(), into: &events)
      let now = monotonicMilliseconds()
      for event in events { try take(event, at: now) }
      for index in seats.indices where seats[index].isOpen { try goOn(index, at: now) }
    }
    return seats.map { recording(of: $0, captured: captured) }
  }

  /// Sets up the mock of a session, and connects its client.
  private mutating func seat(_ session: Session) throws {
    var plan = Plan()
    plan.cuts = .recorded
    plan.pacing = .recorded
    plan.framing = session.framing.planned
    var played = session
    let speed = max(((session.fragments.last?.milliseconds ?? 0) - 1) / Self.durationMax + 1, 1)
    for index in played.fragments.indices { played.fragments[index].milliseconds /= speed }
    let (listener, port) = try network.listen(host: "127.0.0.1", port: 0)
    let client = network.connect(to: "127.0.0.1", port: port)
    seatNumbers[listener] = seats.count
    seatNumbers[client] = seats.count
    seats.append(
      Seat(
        session: session, speed: speed, delivery: Delivery(played, plan), listener: listener,
        client: client, request: request(session.request, port: port),
        recorder: ResponseRecorder(method: session.request.method)))
  }

  /// The scripted request as a client sends it.
  private func request(_ request: Session.Request, port: Int) -> RequestHead {
    var fields = request.fields
    fields.set("Authorization", "Bearer \(Self.key)")
    fields.list.insert(Field("Host", "127.0.0.1:\(port)"), at: 0)
    fields.add("Content-Length", String(request.body.count))
    return RequestHead(method: request.method, target: request.target, fields: fields)
  }

  private mutating func take(_ event: NetworkEvent, at now: Int) throws {
    switch event {
    case .accepted(let listener, let connection):
      guard let index = seatNumbers[listener] else { return }
      seatNumbers[connection] = index
      seats[index].mock.accept(connection)
    case .opened(let connection), .refused(let connection), .bytes(let connection, _),
      .finished(let connection), .reset(let connection), .drained(let connection):
      guard let index = seatNumbers[connection], seats[index].isOpen else { return }
      if connection == seats[index].client {
        try takeAsClient(event, index, at: now)
      } else {
        let delivery = seats[index].delivery
        seats[index].mock.handle(event, at: now, choosing: { _ in delivery }, in: &network)
      }
    }
  }

  private mutating func takeAsClient(_ event: NetworkEvent, _ index: Int, at now: Int) throws {
    switch event {
    case .opened(let client):
      var bytes: [UInt8] = []
      seats[index].request.write(into: &bytes)
      network.send(bytes + seats[index].session.request.body, on: client)
      seats[index].start = now
      seats[index].lastRead = now
    case .bytes(_, let bytes):
      seats[index].lastRead = now
      do throws(WireError) {
        try seats[index].recorder.take(bytes, at: now - seats[index].start)
      } catch {
        throw UsageError("the answer to \(seats[index].session.name) is no HTTP: \(error)")
      }
    case .finished: seats[index].recorder.upstreamFinished()
    case .reset: seats[index].recorder.upstreamReset()
    case .refused: throw UsageError("cannot connect to the scripted upstream on 127.0.0.1")
    case .accepted, .drained: break
    }
  }

  /// Sends the next fragment if it is due, or ends the seat when its response has ended.
  private mutating func goOn(_ index: Int, at now: Int) throws {
    if let due = seats[index].mock.nextDue {
      guard due.time <= now, seats[index].isRead(of: due.connection) else { return }
      let delivery = seats[index].delivery
      seats[index].mock.release(
        due.connection, at: now, choosing: { _ in delivery }, in: &network)
    } else if now - seats[index].lastRead >= silenceMax {
      seats[index].recorder.clientGaveUp()
    }
    guard seats[index].recorder.end != nil else { return }
    guard seats[index].recorder.head?.status == seats[index].session.response.status else {
      throw UsageError("the scripted upstream did not answer \(seats[index].session.name)")
    }
    seats[index].isOpen = false
    network.close(seats[index].client)
    seats[index].mock.stop(in: &network)
    network.stopListening(seats[index].listener)
  }

  /// Milliseconds until something is due; bytes that are on their way come by themselves.
  private func timeout() -> Int {
    let now = monotonicMilliseconds()
    let times = seats.filter(\.isOpen).map { seat in
      guard let due = seat.mock.nextDue else { return seat.lastRead + silenceMax }
      return seat.isRead(of: due.connection) ? due.time : now + silenceMax
    }
    return max((times.min() ?? now) - now, 0)
  }

  private func recording(of seat: Seat, captured: String) -> Recording {
    var session = seat.session
    session.request.fields = recordable(seat.request.fields)
    session.response = seat.recorder.head ?? session.response
    session.framing = seat.recorder.framing
    session.body = seat.recorder.body
    session.fragments = seat.recorder.fragments
    session.ending = seat.recorder.end?.ending ?? .timeout
    let pace = seat.speed > 1 ? "; played \(seat.speed) times as fast" : ""
    return Recording(
      source: "synthetic: replay's scripted upstream, session \(session.name); "
        + "shapes as DashScope documents them\(pace)",
      captured: captured, session: session, side: seat.recorder.end?.side ?? .client)
  }
}
