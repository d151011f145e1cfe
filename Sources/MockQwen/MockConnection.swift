// The mock's side of one connection: it reads a request, lets its owner choose the delivery that answers
// it, and sends that delivery one fragment at a time, each when the owner says so.

package import Wire

/// One connection of the mock upstream, as a value.
package struct MockConnection: Hashable, Sendable {
  /// What can happen to the connection.
  package enum Input: Hashable, Sendable {
    /// Bytes from the proxy.
    case bytes([UInt8])
    /// The proxy has closed or reset the connection.
    case closed
    /// The owner's choice for the request that `Output.asked` reported.
    case answer(Delivery)
    /// The fragment before has arrived, and the time for the next has come.
    case release
  }

  /// What the connection asks for.
  package enum Output: Hashable, Sendable {
    /// A request has been read whole; `Input.answer` must follow.
    case asked(Session.Request)
    /// Bytes that are not a request came, and were refused.
    case refused(WireError)
    case send([UInt8])
    /// Send each as one TLS record, and hold back this many bytes of the last, as they are on the wire.
    case sendRecords([[UInt8]], withholding: Int)
    case sendMessage(HandshakeMessage.Kind)
    /// End the connection in order (FIN).
    case finish
    /// Reset the connection (RST).
    case reset
    /// End the connection without `close_notify`.
    case truncate
    /// End the connection with a fatal alert.
    case alert
  }

  private enum Phase: Hashable, Sendable { case head, body, asked, answering, stalled, closed }

  /// The most bytes that a client may send ahead of an answer; no real client sends as many.
  private static let earlyMax = 1 << 20
  /// The most bytes of a request's body.
  private static let bodyMax = 64 << 20

  private var phase = Phase.head
  private var headReader = RequestHeadReader()
  private var bodyReader = BodyReader(.none)
  private var head: RequestHead?
  private var body: [UInt8] = []
  private var early = Backlog()
  private var delivery: Delivery?
  private var nextFragment = 0
  private var nextRecord = 0
  private var hasSaidMessage = false

  package init() {}

  /// How many bytes of the current response have been released, in records that are whole.
  package private(set) var released = 0

  /// When the next `Input.release` is due, in milliseconds since the request; nil when none is.
  package var nextDue: Int? {
    guard phase == .answering, let count = delivery?.fragmentEnds.count else { return nil }
    return nextFragment < count ? delivery?.dueTime(ofFragment: nextFragment) : 0
  }

  /// Whether a response has begun, or could begin, and is not complete.
  package var isAnswering: Bool { nextDue != nil || isStalled }

  /// Whether the connection stays silent for ever after a response has begun.
  package var isStalled: Bool { phase == .stalled }

  /// Takes what happened; appends what to do to `outputs`.
  package mutating func handle(_ input: Input, into outputs: inout [Output]) {
    switch (phase, input) {
    case (.closed, _): break
    case (_, .closed): phase = .closed
    case (.head, .bytes(let bytes)), (.body, .bytes(let bytes)): take(bytes, into: &outputs)
    case (.asked, .bytes(let bytes)), (.answering, .bytes(let bytes)),
      (.stalled, .bytes(let bytes)):
      early.append(bytes[...])
      if early.count > Self.earlyMax {
        refuse(WireError(.bodyTooLarge, at: Self.earlyMax), into: &outputs)
      }
    case (.asked, .answer(let chosen)):
      delivery = chosen
      nextFragment = 0
      (nextRecord, hasSaidMessage) = (0, false)
      released = 0
      phase = .answering
    case (.answering, .release): release(into: &outputs)
    case (.head, .answer), (.body, .answer), (.answering, .answer), (.stalled, .answer),
      (.head, .release), (.body, .release), (.asked, .release), (.stalled, .release):
      preconditionFailure("an answer follows a question, and a release an answer")
    }
  }

  private mutating func take(_ bytes: [UInt8], into outputs: inout [Output]) {
    var offset = 0
    take(bytes, at: &offset, into: &outputs)
    if offset < bytes.count, phase != .closed { early.append(bytes[offset...]) }
  }

  /// Takes bytes from `offset` on, and moves it past the bytes of one request.
  private mutating func take(
    _ bytes: [UInt8], at offset: inout Int, into outputs: inout [Output]
  ) {
    let span = bytes.span
    do throws(WireError) {
      if phase == .head {
        guard let read = try headReader.read(span, at: &offset) else { return }
        head = read
        var limits = Limits()
        limits.bodyBytesMax = Self.bodyMax
        bodyReader = BodyReader(try BodyFraming.ofRequest(read), limits: limits)
        body = []
        phase = .body
      }
      while let range = try bodyReader.read(span, at: &offset) {
        body.append(contentsOf: bytes[range])
      }
    } catch {
      return refuse(error, into: &outputs)
    }
    guard bodyReader.isComplete, let head else { return }
    phase = .asked
    outputs.append(
      .asked(
        Session.Request(
          method: head.method, target: head.target, fields: head.fields, body: body)))
  }

  private mutating func refuse(_ error: WireError, into outputs: inout [Output]) {
    phase = .closed
    early = Backlog()
    outputs.append(.refused(error))
    outputs.append(.reset)
  }

  private mutating func release(into outputs: inout [Output]) {
    // Bound by its parts: a delivery is a large value to copy.
    guard let ends = delivery?.fragmentEnds, let ending = delivery?.ending else { return }
    if nextFragment < ends.count {
      let end = ends[nextFragment]
      if let records = delivery?.records {
        releaseRecords(records, upTo: end, into: &outputs)
      } else if let bytes = delivery?.transmission.bytes[released..<end] {
        outputs.append(.send(Array(bytes)))
        released = end
      }
      nextFragment += 1
      guard nextFragment == ends.count else { return }
    }
    if let records = delivery?.records { endRecords(records, into: &outputs) }
    end(ending, into: &outputs)
  }

  /// Sends the records that begin before `end`, and holds back the bytes after it.
  private mutating func releaseRecords(
    _ records: RecordLayout, upTo end: Int, into outputs: inout [Output]
  ) {
    guard let bytes = delivery?.transmission.bytes else { return }
    func start(_ index: Int) -> Int { index == 0 ? 0 : records.ends[index - 1] }
    var written: [[UInt8]] = []
    while nextRecord < records.ends.count, start(nextRecord) < end {
      let range = start(nextRecord)..<records.ends[nextRecord]
      if let message = records.message, !hasSaidMessage, range.lowerBound >= message.offset {
        hasSaidMessage = true
        outputs += [.sendRecords(written, withholding: 0), .sendMessage(message.kind)]
        written = []
      }
      if records.hasEmpty { written.append([]) }
      written.append(Array(bytes[range]))
      nextRecord += 1
    }
    let kept = max(start(nextRecord) - end, 0)
    outputs.append(.sendRecords(written, withholding: kept))
    released = kept == 0 ? end : start(nextRecord - 1)
  }

  /// Sends the bytes after the last whole record.
  private mutating func endRecords(_ records: RecordLayout, into outputs: inout [Output]) {
    if let message = records.message, !hasSaidMessage { outputs.append(.sendMessage(message.kind)) }
    guard let torn = records.torn,
      let bytes = delivery.map({ Array($0.transmission.bytes[torn.range]) })
    else { return }
    outputs.append(.sendRecords([bytes], withholding: max(bytes.count - torn.count, 1)))
  }

  /// Called after the last byte.
  private mutating func end(_ ending: Delivery.Ending, into outputs: inout [Output]) {
    switch ending {
    case .finish, .cut:
      phase = .closed
      outputs.append(.finish)
    case .reset:
      phase = .closed
      switch delivery?.records?.breakage {
      case .truncation: outputs.append(.truncate)
      case .alert: outputs.append(.alert)
      case .reset, nil: outputs.append(.reset)
      }
    case .stall:
      phase = .stalled
    case .keep:
      let wantsClose = head?.fields.members("Connection").contains {
        $0.equalsIgnoringASCIICase("close")
      }
      if head?.version == .http10 || wantsClose == true {
        phase = .closed
        outputs.append(.finish)
        return
      }
      var next = early
      let count = released
      self = MockConnection()
      released = count
      next.consume { take($0, at: &$1, into: &outputs) }
      if phase != .closed { early = next }
    }
  }
}
