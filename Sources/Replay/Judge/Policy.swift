// Where more than one behaviour of a proxy is right, the user states which is expected: the rule is a
// switch here, with the default that the embedded proxy keeps, and every report names them.

internal import MockQwen
internal import Wire

/// What is expected where there is a choice.
package struct Policy: Hashable, Sendable {
  /// Whether a client that has ended its own direction (FIN) still wants the answer.
  package var halfClosedStays = false
  /// Whether the head must be at the client before the first body byte is sent upstream. A proxy may
  /// hold it so that an early failure can still be an HTTP error.
  package var headAtOnce = false
  /// Whether a first request that is answered 401 is asked again, with the same body.
  package var retriesUnauthorized = false
  /// Silences and streams without any new event up to this long must be lived through, in
  /// milliseconds.
  package var patienceMin = 180_000
  /// A silence of this length must have ended the stream with an error, in milliseconds.
  package var silenceMax = 600_000
  /// A stream that brings bytes but no field for this long, only comments and blank lines, must have
  /// ended with an error.
  package var barrenMax = 3_600_000
  /// How many body bytes a proxy may be ahead of a client that does not read, beside one block.
  package var aheadMax = 1024 * 1024

  // What a gateway may do to a request; none of it is the embedded proxy's to do.

  /// Whether the model may have another name for the upstream, and in the answer.
  package var mapsModel = false
  /// Whether the request's body may have members that the client did not send.
  package var addsMembers = false
  /// Whether the upstream must see a key of the gateway's own, and nowhere the client's.
  package var replacesKey = false
  /// Whether the gateway asks for another path, with a query of its own.
  package var mapsPath = false
  /// Whether the gateway writes the request's other fields itself.
  package var ownHeaders = false
  /// Whether the gateway may ask the model on its own account beside the client's request.
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
