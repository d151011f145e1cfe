// Answers of upstreams that refuse a valid token, and what each means for the account: written by hand,
// in the words of Qwen's portal and of DashScope.

/// An answer in place of a completion.
package struct AccountRefusal: Hashable, Sendable {
  /// What it means for its account.
  package enum Meaning: Hashable, Sendable { case nothing, overQuota, badToken }

  package let status: Int
  package let body: String
  /// Its content type.
  package let type: String
  /// Its meaning when the body is read too.
  package let meaning: Meaning
  /// The meaning of its status alone, which decides for the last account that can be tried.
  package var meaningOfStatus: Meaning {
    switch status {
    case 401: .badToken
    case 429: .overQuota
    default: .nothing
    }
  }

  /// Whether its body is over 10,000 bytes, far longer than any real one.
  package var isLong: Bool { body.utf8.count > 10_000 }

  private init(
    _ status: Int, _ body: String, _ meaning: Meaning, type: String = "application/json"
  ) {
    (self.status, self.body, self.meaning, self.type) = (status, body, meaning, type)
  }

  /// All of them.
  package static let all: [AccountRefusal] =
    ["", "x", "{}", #"{"error":{"code":"insufficient_quota"}}"#].flatMap {
      [AccountRefusal(401, $0, .badToken), AccountRefusal(429, $0, .overQuota)]
    }
    + [
      "insufficient_quota", "Insufficient_Quota", "AllocationQuota.FreeTierOnly", "allocationquota",
      "Throttling", "Throttling.RateQuota", "throttling_x",
    ].map { AccountRefusal(403, #"{"error":{"message":"m","code":"\#($0)"}}"#, .overQuota) }
    + [
      "invalid_api_key", "InvalidApiKey", "token_expired", "AccessToken.Expired", "expired",
    ].map { AccountRefusal(403, #"{"error":{"code":"\#($0)","message":"m"}}"#, .badToken) }
    + [
      "model_not_allowed", "insufficient_quotas", "insufficient", "AccessDenied", "",
      "invalid_api_keys",
      "expire", "xthrottling", "x", "AllocationQuot",
    ].map { AccountRefusal(403, #"{"error":{"code":"\#($0)","message":"m"}}"#, .nothing) }
    + [
      AccountRefusal(403, #"{"code":"Throttling.User","message":"m"}"#, .overQuota),
      AccountRefusal(403, #"{"code":"InvalidApiKey","message":"m"}"#, .badToken),
      AccountRefusal(403, #"{"error":{"type":"insufficient_quota","code":null}}"#, .overQuota),
      AccountRefusal(403, #"{"error":{"type":"invalid_api_key","code":"x"}}"#, .badToken),
      AccountRefusal(403, #"{"type":"insufficient_quota"}"#, .overQuota),
      AccountRefusal(
        403, #"{"error":{"code":"expired","type":"insufficient_quota"}}"#, .overQuota),
      AccountRefusal(403, #"{"error":{"code":7}}"#, .nothing),
      AccountRefusal(403, #"{"error":"insufficient_quota"}"#, .nothing),
      AccountRefusal(403, #"{"error":{"message":"insufficient_quota"}}"#, .nothing),
      AccountRefusal(403, #"["insufficient_quota"]"#, .nothing),
      AccountRefusal(403, "insufficient_quota", .nothing), AccountRefusal(403, "", .nothing),
      AccountRefusal(400, #"{"error":{"code":"insufficient_quota"}}"#, .nothing),
      AccountRefusal(402, #"{"error":{"code":"invalid_api_key"}}"#, .nothing),
      AccountRefusal(404, "{}", .nothing), AccountRefusal(428, "{}", .nothing),
      AccountRefusal(430, "{}", .nothing), AccountRefusal(500, "oops", .nothing),
      AccountRefusal(503, #"{"error":{"code":"Throttling"}}"#, .nothing),
      // Exactly as much as is held for another try, and more.
      AccountRefusal(403, quota(filledTo: 65_536), .overQuota),
      AccountRefusal(403, String(repeating: "x", count: 70_000), .nothing),
      AccountRefusal(401, String(repeating: "x", count: 65_537), .nothing),
      AccountRefusal(403, quota(filledTo: 65_537), .nothing),
      AccountRefusal(
        429, "data: {\"error\":{\"code\":\"limit_requests\"}}\n\n", .overQuota,
        type: "text/event-stream"),
    ]

  /// A body of `count` bytes that says that the quota is used up.
  private static func quota(filledTo count: Int) -> String {
    let error = #"{"code":"insufficient_quota"}"#
    return String(repeating: " ", count: count - error.utf8.count) + error
  }
}
