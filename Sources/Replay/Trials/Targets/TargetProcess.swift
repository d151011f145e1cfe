// The target as a process: how it is started, waited for, and started again when it has died.

internal import Judging
internal import MockQwen
internal import Networks
internal import Sockets
internal import Stages
internal import Wire

extension TargetStage {
  /// How long a launched target may take until it listens, in milliseconds: big gateways take half a
  /// minute to load.
  private static let startTimeMax = 60_000
  /// How often the ports of both loopback addresses are tried, in milliseconds.
  private static let tryInterval = 20

  /// Launches the target, if requested, and waits for it.
  mutating func start() throws {
    guard let command = settings.launch else { return }
    crash = nil
    launch = try Launch(
      command, upstream: upstream.description, address: upstream.authority, port: place.port,
      authority: authority?.path, environment: environment)
    try waitForTarget()
  }

  /// Starts the target again, after it has died or was told to stop.
  mutating func restart() throws {
    launch?.end()
    launch = nil
    try start()
  }

  /// Ends the target, if the stage has launched it.
  mutating func stop() {
    mock.stop(in: &network)
    launch?.end()
    authority?.remove()
  }

  /// The end of the target's output.
  mutating func lastWords() -> String { launch?.output() ?? "" }

  /// Waits until the target accepts connections, at one loopback address or the other.
  private mutating func waitForTarget() throws {
    let limit = monotonicMilliseconds() + max(settings.timeout, Self.startTimeMax)
    let hosts = settings.url == nil ? ["127.0.0.1", "::1"] : [place.host]
    var attempt = 0
    while monotonicMilliseconds() < limit {
      let host = hosts[attempt % hosts.count]
      attempt += 1
      if try isListening(host, until: limit) {
        // One that listens at both may have opened the other first.
        let first = host == hosts[0] ? true : try isListening(hosts[0], until: limit)
        let host = first ? hosts[0] : host
        place = BaseURL(scheme: place.scheme, host: host, port: place.port, path: place.path)
        return try shakeHands(until: limit)
      }
      try wait(Self.tryInterval) { $0.crash != nil }
      if let crash { throw failure("the target has \(crash)") }
    }
    throw failure("the target takes no connections at \(place)")
  }

  /// Checks that the target's certificate is accepted, if it has one: a target that listens may still
  /// refuse everybody.
  private mutating func shakeHands(until limit: Int) throws {
    guard place.scheme == .https else { return }
    _ = network.sockets.takeNotes()
    let connection = network.connect(to: place)
    while monotonicMilliseconds() < limit, crash == nil {
      try poll(50)
      if events.contains(.opened(connection)) { return network.close(connection) }
      guard !events.contains(where: { $0 == .refused(connection) || $0 == .reset(connection) })
      else { break }
    }
    throw failure(
      (["no TLS with the target \(place)"] + network.sockets.takeNotes()).joined(separator: ": "))
  }

  private mutating func isListening(_ host: String, until limit: Int) throws -> Bool {
    let connection = network.connect(to: host, port: place.port)
    while monotonicMilliseconds() < limit, crash == nil {
      try poll(50)
      if events.contains(.opened(connection)) {
        network.close(connection)
        return true
      }
      if events.contains(where: { $0 == .refused(connection) || $0 == .reset(connection) }) {
        return false
      }
    }
    return false
  }

  /// Why the target cannot be judged, with the end of its output.
  mutating func failure(_ words: String) -> TargetError {
    TargetError(description: words, output: launch?.output() ?? "")
  }
}
