// A socket error has a reason of its own; the room Terminal does not import Sockets.

package import Sockets
internal import Terminal

extension SocketError: ReasonedError {}
