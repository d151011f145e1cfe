// A socket error says why by itself; the terminal cannot see sockets.

package import Sockets
internal import Terminal

extension SocketError: ReasonedError {}
