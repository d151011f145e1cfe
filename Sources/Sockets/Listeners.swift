// The listeners of a network. A listener that cannot accept, because the process or the system has
// no descriptor left, would be reported as ready again and again. So it is not watched for a while,
// and clients wait in the kernel's queue.

internal import Networks

/// Listening sockets by their numbers.
struct Listeners {
  /// How long a listener without a descriptor for the next client is not watched, in milliseconds.
  static let pauseTime = 100

  /// How many waiting clients are accepted before others have their turn.
  static let acceptsAtOnce = 64

  private var sockets: [ListenerID: Socket] = [:]
  /// Listeners that are not watched, and until when (monotonic milliseconds).
  private var paused: [ListenerID: Int] = [:]

  /// Whether a listener waits for descriptors.
  var isPaused: Bool { !paused.isEmpty }

  func contains(_ number: ListenerID) -> Bool { sockets[number] != nil }

  mutating func add(_ socket: Socket, _ number: ListenerID, to poller: inout Poller) {
    sockets[number] = socket
    poller.add(socket, number: number, .read)
  }

  mutating func close(_ number: ListenerID, in poller: inout Poller) {
    guard let socket = sockets.removeValue(forKey: number) else { return }
    paused[number] = nil
    poller.forget(socket)
    socket.close()
  }

  func closeAll() {
    for socket in sockets.values { socket.close() }
  }

  /// Accepts a waiting connection, if there is one and a descriptor for it.
  mutating func accept(_ number: ListenerID, in poller: inout Poller) -> Socket? {
    guard let listener = sockets[number] else { return nil }
    switch listener.accept() {
    case .connection(let socket): return socket
    case .nobody: return nil
    case .noDescriptor:
      poller.remove(listener)
      paused[number] = monotonicMilliseconds() + Self.pauseTime
      return nil
    }
  }

  /// Watches the listeners again whose pause is over.
  mutating func resume(in poller: inout Poller) {
    let now = monotonicMilliseconds()
    for (number, until) in paused where until <= now {
      paused[number] = nil
      if let socket = sockets[number] { poller.add(socket, number: number, .read) }
    }
  }
}
