// Where more than one behaviour of a proxy is right, the user chooses which is expected: each rule is a
// switch here. The default is what the embedded proxy does, and every report names the rules.

internal import MockQwen
internal import Wire

/// What is expected where several behaviours are right.
package struct Policy: Hashable, Sendable {
  /// Whether a client that has ended its own direction (FIN) still waits for the answer.
  package var halfClosedStays = false
  /// Whether the client must have the head before the upstream sends the first body byte. A proxy may
  /// hold the head so that an early failure can still be an HTTP error.
  package var headAtOnce = false
  /// Whether a first request that is answered with 401 is sent again, with the same body.
  package var retriesUnauthorized = false
  /// A proxy must endure silences, and streams without a new event, up to this long, in milliseconds.
  package var patienceMin = 180_000
  /// After a silence of this length, in milliseconds, the stream must have ended with an error.
  package var silenceMax = 600_000
  /// After this time, in milliseconds, with bytes but without a field (only comments and blank lines), the
  /// stream must have ended with an error.
  package var barrenMax = 3_600_000
  /// How many body bytes a proxy may be ahead of a client that does not read, in addition to one block.
  package var aheadMax = 1024 * 1024

  // What a gateway may do to a request; the embedded proxy does none of it.

  /// Whether the model may have another name at the upstream and in the answer.
  package var mapsModel = false
  /// Whether the request's body may have members that the client did not send.
  package var addsMembers = false
  /// Whether the upstream must see the gateway's own key, and the client's key nowhere.
  package var replacesKey = false
  /// Whether the gateway uses another path, with a query of its own.
  package var mapsPath = false
  /// Whether the gateway writes the request's other fields itself.
  package var ownHeaders = false
  /// Whether the gateway may send requests of its own to the model besides the client's.
  package var ownPosts = false
  /// How often a request may be sent again.
  package var retries = 0

  package init() {}

  /// The rules in words, for a report.
  package var lines: [String] {
    [
      "a half-closed client " + (halfClosedStays ? "still wants the answer" : "has gone"),
      "the head " + (headAtOnce ? "comes at once" : "may wait for the first body byte"),
      "an answer 401 is "
        + (retriesUnauthorized ? "followed by a second try" : "the client's answer"),
      "\(patienceMin / 1000) s without a byte, or of comments alone, are lived through",
      "\(silenceMax / 1000) s of silence, or \(barrenMax / 1000) s of comments alone, end in an "
        + "error",
      "a proxy is at most \(aheadMax / 1024) KiB and a block ahead of a client that does not read",
    ]
  }

  /// The rules for a gateway in words, for a report.
  package var gatewayLines: [String] {
    [
      "the model " + (mapsModel ? "may have another name" : "keeps its name"),
      "the request's body " + (addsMembers ? "may gain members" : "gains no members"),
      "the upstream's key is "
        + (replacesKey ? "the gateway's, never the client's" : "the client's or the gateway's own"),
      "the path " + (mapsPath ? "and the query may be others" : "names the same operation"),
      "the request's fields " + (ownHeaders ? "are the gateway's" : "go on"),
      "the upstream is asked "
        + (retries == 0 ? "once" : "at most \(retries + 1) times")
        + (ownPosts ? ", and for the gateway's own account" : ""),
    ]
  }
}
