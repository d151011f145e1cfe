// What an upstream's answer says about the account of the request. Only the status and the code in
// the error body count: a message is written for people, and an answer's text may hold any words.

internal import Foundation
internal import Wire

/// What an answer says about its account.
package enum AccountOutcome: Hashable, Sendable {
  /// The account is in order, whatever else the answer says.
  case accepted
  /// Its quota is used up.
  case overQuota
  /// The upstream does not accept its token.
  case unauthorized

  /// The outcome of an answer by its status, or nil when the body is needed too: 403 means a
  /// used-up quota in one answer, and a model that the account may not use in another.
  static func of(status: Int) -> AccountOutcome? {
    switch status {
    case 401: .unauthorized
    case 403: nil
    case 429: .overQuota
    default: .accepted
    }
  }

  /// The outcome of an answer with its body, or with the part of it that came.
  package static func of(status: Int, body: [UInt8]) -> AccountOutcome {
    if let outcome = of(status: status) { return outcome }
    let codes = errorCodes(body).map { $0.lowercased() }
    if codes.contains(where: isQuota) { return .overQuota }
    return codes.contains(where: isToken) ? .unauthorized : .accepted
  }

  private static func isQuota(_ code: String) -> Bool {
    code == "insufficient_quota" || code.hasPrefix("allocationquota")
      || code.hasPrefix("throttling")
  }

  private static func isToken(_ code: String) -> Bool {
    code == "invalid_api_key" || code == "invalidapikey" || code.contains("expired")
  }
}

/// The code and the type of an error body in the compatible shape (`{"error":{"code":…}}`) or the
/// native one (`{"code":…}`), those that are there and are strings.
private func errorCodes(_ body: [UInt8]) -> [String] {
  guard let object = try? JSONSerialization.jsonObject(with: Data(body)) as? [String: Any] else {
    return []
  }
  let error = object["error"] as? [String: Any] ?? object
  return [error["code"], error["type"]].compactMap { $0 as? String }
}
