// Messages from other threads to the loop. Names are looked up on system threads; their messages
// lie in a mailbox until the loop takes them, and a byte in a pair of sockets wakes the loop, once
// for all messages that are there.

internal import Synchronization

/// Messages from any thread to the one that polls.
final class Mailbox<Message: Sendable>: Sendable {
  private struct Contents: Sendable {
    var messages: [Message] = []
    var isSignalled = false
  }

  /// Becomes readable when there are messages.
  let end: Socket
  private let senderEnd: Socket
  private let contents = Mutex(Contents())

  init() throws(SocketError) { (end, senderEnd) = try Socket.pair() }

  deinit {
    end.close()
    senderEnd.close()
  }

  func add(_ message: Message) {
    let wakes = contents.withLock { contents in
      contents.messages.append(message)
      defer { contents.isSignalled = true }
      return !contents.isSignalled
    }
    if wakes { _ = senderEnd.send([0]) }
  }

  /// All messages since the last call, in the order in which they were added.
  func take() -> [Message] {
    // The signal is read first: a message that comes now signals again.
    var signal: [UInt8] = [0]
    _ = end.receive(into: &signal)
    return contents.withLock { contents in
      defer { contents = Contents() }
      return contents.messages
    }
  }
}
