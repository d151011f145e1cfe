// An account of the upstream: where its requests go, the token they carry, and how long that is
// valid.

package import Wire

/// An account as its file describes it.
package struct Account: Hashable, Sendable {
  /// The name that operators know it by; not secret.
  package var name: String
  /// The account's current tokens.
  package var tokens: Tokens
  /// Where requests go when the tokens do not name a URL.
  package var defaultUpstream: BaseURL

  package init(name: String, tokens: Tokens, defaultUpstream: BaseURL = Account.portal) {
    self.name = name
    self.tokens = tokens
    self.defaultUpstream = defaultUpstream
  }

  /// The base URL of Qwen's portal, the only server that accepts its OAuth tokens.
  package static let portal = BaseURL(
    scheme: .https, host: "portal.qwen.ai", port: 443, path: "/v1")

  /// Where requests go; `/chat/completions` is appended to its path.
  package var upstream: BaseURL { tokens.upstream ?? defaultUpstream }
}

/// What a login gives: a token for requests, and one to get the next token with (RFC 6749 section
/// 5.1).
package struct Tokens: Hashable, Sendable {
  /// The token for requests (`Authorization: Bearer`, RFC 6750 section 2.1).
  package var access: Secret
  /// Nil for an account whose token cannot be refreshed.
  package var refresh: Secret?
  /// When `access` expires, in milliseconds since 1970 (UTC), 0 to `endMax`; nil when that is not
  /// known.
  package var end: Milliseconds? { didSet { end = end.map(Self.inRange) } }
  /// Where requests go, when the login says so.
  package var upstream: BaseURL?

  package init(
    access: Secret, refresh: Secret? = nil, end: Milliseconds? = nil, upstream: BaseURL? = nil
  ) {
    self.access = access
    self.refresh = refresh
    self.end = end.map(Self.inRange)
    self.upstream = upstream
  }

  /// The end of the year 9999, in milliseconds since 1970. A later time in a file is cut to this
  /// one, so that sums with times do not overflow.
  package static let endMax: Milliseconds = 253_402_300_799_999

  private static func inRange(_ end: Milliseconds) -> Milliseconds { min(max(end, 0), endMax) }

  /// The base URL for the text of `resource_url`: without a scheme it gets `https://`, without
  /// `/v1` at the end it gets that too. Nil when it is not a URL.
  package static func upstream(ofResource text: String) -> BaseURL? {
    guard var url = BaseURL(text.contains("://") ? text : "https://" + text) else { return nil }
    if !url.path.hasSuffix("/v1") { url.path += "/v1" }
    return url
  }
}

/// What one request needs from an account.
package struct Credential: Hashable, Sendable {
  /// Where the request goes; `/chat/completions` is appended to its path.
  package var upstream: BaseURL
  /// The token for the request.
  package var key: Secret
  /// Whether a refusal may lead to another try; if so, the answer is held until that is known.
  package var mayTryAgain: Bool

  package init(upstream: BaseURL, key: Secret, mayTryAgain: Bool = false) {
    self.upstream = upstream
    self.key = key
    self.mayTryAgain = mayTryAgain
  }
}
