// Ports for tests that must name one before anybody listens there.

import Sockets

/// A port of this machine that was free a moment ago.
func freePort() throws -> Int {
  var network = try SocketNetwork()
  let (listener, port) = try network.listen(host: "127.0.0.1", port: 0)
  network.stopListening(listener)
  return port
}

/// Listens at a port for a moment; throws when somebody else does.
func listenOnce(at port: Int) throws {
  var network = try SocketNetwork()
  let (listener, _) = try network.listen(host: "127.0.0.1", port: port)
  network.stopListening(listener)
}
