// A port for a program that is told where to listen before anybody listens there.

/// A port of 127.0.0.1 for a server that starts later.
///
/// Nobody listens there now. The system hands out ports from 32768 (Linux) or 49152 (macOS) on
/// to whoever asks for any, so a port that it has just handed out may be another server's before
/// the program starts. The ports below go only to programs that name them.
/// - Throws: `SocketError` when a hundred ports, drawn at random, are all taken.
package func portForLater() throws(SocketError) -> Int {
  var network = try SocketNetwork()
  for _ in 0..<100 {
    let port = Int.random(in: 10_000..<32_768)
    if let (listener, _) = try? network.listen(host: "127.0.0.1", port: port) {
      network.stopListening(listener)
      return port
    }
  }
  throw SocketError("find a port of 127.0.0.1", because: "100 ports at random are all taken")
}
