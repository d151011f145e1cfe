// `replay mock` as a service: the mock upstream with its recordings, in real time.

internal import MockQwen
internal import Sockets

/// The mock upstream for any client.
struct MockService: Service {
  private var mock: MockServer
  private(set) var library: SessionLibrary

  init(_ library: SessionLibrary, rules: RequestRules) {
    mock = MockServer(rules: rules)
    self.library = library
  }

  var nextDue: Int? { mock.nextDue?.time }

  mutating func accept(_ connection: ConnectionID) { mock.accept(connection) }

  mutating func handle(
    _ event: NetworkEvent, at now: Int, in network: inout some Network & ~Copyable
  ) {
    mock.handle(event, at: now, choosing: { library.delivery(for: $0) }, in: &network)
  }

  mutating func wake(at now: Int, in network: inout some Network & ~Copyable) {
    while let due = mock.nextDue, due.time <= now {
      mock.release(
        due.connection, at: now, choosing: { library.delivery(for: $0) }, in: &network)
    }
  }

  mutating func stop(in network: inout some Network & ~Copyable) { mock.stop(in: &network) }

  /// One line for each request: method, path, status, and what was answered.
  mutating func takeLog() -> [String] {
    guard !mock.answers.isEmpty || !mock.malformed.isEmpty else { return [] }
    defer { mock.forgetRequests() }
    let answered = mock.answers.map { answer in
      let path = answer.request.target.prefix { $0 != "?" }
      return
        "\(printable(answer.request.method)) \(printable(path)) \(answer.status) \(answer.name)"
    }
    return answered + mock.malformed.map { "no request, connection reset: \($0)" }
  }
}

/// `text` without anything that a terminal would act on.
func printable(_ text: some StringProtocol) -> String {
  String(
    String.UnicodeScalarView(
      text.unicodeScalars.map { 0x20..<0x7F ~= $0.value || 0xA0... ~= $0.value ? $0 : "?" }))
}
