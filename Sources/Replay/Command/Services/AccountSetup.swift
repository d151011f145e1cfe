// Which accounts the proxy uses, as the operator chooses: one key, or the account files of a folder.

internal import Canaries
internal import MockQwen
internal import ProxyServing
package import ProxyUnderTest
internal import Recordings
internal import Terminal
internal import Wire

/// The accounts of a proxy, and where their tokens are refreshed.
package struct AccountSetup: Hashable, Sendable {
  /// The folder of the account files.
  package var folder: String
  package var accounts: [Account]
  /// The account that is used first (`DEFAULT_ACCOUNT`); nil for the first in the folder.
  package var first: String?
  package var endpoint = TokenEndpoint()

  /// Reads the account files that the environment selects; nil when it has a key instead.
  ///
  /// - Parameter upstream: Where requests of accounts go whose file does not name a URL.
  /// - Throws: `UsageError`.
  init?(_ variables: [String: String], upstream: BaseURL?) throws {
    let folder = variables["QWEN_ACCOUNTS_DIR"]
    if variables["DASHSCOPE_API_KEY"] != nil {
      guard folder == nil else {
        throw UsageError(
          "DASHSCOPE_API_KEY and QWEN_ACCOUNTS_DIR are both set: unset the first to use the "
            + "account files, or the second to use the key")
      }
      return nil
    }
    guard let path = folder ?? variables["HOME"].map({ "\($0)/.qwen" }) else {
      throw UsageError(
        "no account: set DASHSCOPE_API_KEY to a key, or QWEN_ACCOUNTS_DIR to the folder of "
          + "oauth_creds.json (for replay mock any key will do)")
    }
    self.folder = path
    accounts = try AccountFolder(path).accounts(defaultUpstream: upstream ?? Account.portal)
    guard !accounts.isEmpty else {
      throw UsageError(
        "no account: \(path) holds no oauth_creds.json and no oauth_creds_NAME.json. Log in with "
          + "Qwen Code, or set DASHSCOPE_API_KEY (for replay mock any key will do)")
    }
    if let first = variables["DEFAULT_ACCOUNT"] {
      guard accounts.contains(where: { $0.name == first }) else {
        let names = accounts.map { printable($0.name) }.joined(separator: ", ")
        throw UsageError("DEFAULT_ACCOUNT names no account in \(path); there are \(names)")
      }
      self.first = first
    }
    if let text = variables["QWEN_TOKEN_URL"] {
      guard let url = BaseURL(text) else {
        throw UsageError(
          "QWEN_TOKEN_URL is not a URL such as \(TokenEndpoint.qwen) (no user, no query)")
      }
      endpoint.url = url
    }
  }
}
