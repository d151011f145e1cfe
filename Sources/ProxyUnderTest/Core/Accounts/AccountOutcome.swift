// What an upstream's answer says about the account that asked. Only the status and the code in the
// error body count; a message is for people, and an answer's text may hold any words.

internal import Foundation
internal import Wire

/// What an answer says about its account.
package enum AccountOutcome: Hashable, Sendable {
  /// Nothing against it.
  case accepted
  /// It has used up what it may.
  case overQuota
  /// Its token is not taken.
  case unauthorized

  /// The outcome of an answer, or nil when that takes the whole body. Of 403 the code must be known:
  /// it stands for a used-up quota as for a model that the account may not use.
  static func of(status: Int) -> AccountOutcome? {
    switch status {
    case 401: .unauthorized
    case 403: nil
    case 429: .overQuota
    default: .accepted
    }
  }

  /// The outcome of an answer with its body, or with as much of it as came.
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
/// native one (`{"code":…}`), as far as they are there and texts.
private func errorCodes(_ body: [UInt8]) -> [String] {
  guard let object = try? JSONSerialization.jsonObject(with: Data(body)) as? [String: Any] else {
    return []
  }
  let error = object["error"] as? [String: Any] ?? object
  return [error["code"], error["type"]].compactMap { $0 as? String }
}
