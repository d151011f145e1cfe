// Whether anybody listens at a port.

import Sockets

/// Listens at a port for a moment; throws when somebody else does.
func listenOnce(at port: Int) throws {
  var network = try SocketNetwork()
  let (listener, _) = try network.listen(host: "127.0.0.1", port: port)
  network.stopListening(listener)
}
