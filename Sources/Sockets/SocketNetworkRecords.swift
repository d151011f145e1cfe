// What a TLS mock does beyond sending: it decides where records end, holds back a part of one,
// sends handshake messages in mid-stream, and breaks a stream by means of TLS.

package import Networks

extension SocketNetwork {
  package mutating func send(
    records: [[UInt8]], withholding count: Int, on connection: ConnectionID
  ) {
    guard isOwned(connection), !connections[connection]!.finishes else { return }
    guard let layer = connections[connection]!.secure?.layer else {
      return send(records.flatMap { $0 }, on: connection)
    }
    let waited = connections[connection]!.waiting > 0
    for record in records { layer.send(record) }
    var written = connections[connection]!.withheld
    layer.takeOutput(into: &written)
    connections[connection]!.outgoing += written.dropLast(count)
    connections[connection]!.withheld = Array(written.suffix(count))
    if !waited { flush(connection) }
  }

  package mutating func send(_ message: PostHandshakeMessage, on connection: ConnectionID) {
    guard isOwned(connection), !connections[connection]!.finishes,
      let layer = connections[connection]!.secure?.layer
    else { return }
    layer.send(message)
    collect(connection)
    flush(connection)
  }

  package mutating func truncate(_ connection: ConnectionID) {
    endWithoutNotice(connection, sending: [])
  }

  package mutating func alert(_ connection: ConnectionID) {
    guard let layer = connections[connection]?.secure?.layer else { return reset(connection) }
    var bytes: [UInt8] = []
    layer.breakOff(&tlsScratch)
    layer.takeOutput(into: &bytes)
    endWithoutNotice(connection, sending: bytes)
  }

  /// Closes a connection after these bytes, without `close_notify`.
  private mutating func endWithoutNotice(_ connection: ConnectionID, sending bytes: [UInt8]) {
    guard isOwned(connection), connections[connection]!.secure?.isOpening != true else {
      return reset(connection)
    }
    connections[connection]!.secure?.layer.endSilently()
    connections[connection]!.outgoing += bytes
    close(connection)
  }
}
