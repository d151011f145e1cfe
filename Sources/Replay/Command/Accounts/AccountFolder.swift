// The folder of account files, as Qwen Code writes them: `oauth_creds.json` for one account,
// `oauth_creds_NAME.json` for many. Other programs read and write them too, so unknown members are kept,
// and a file is always replaced as a whole.

internal import Canaries
internal import Foundation
internal import MockQwen
internal import ProxyServing
internal import ProxyUnderTest
internal import Recordings
internal import Sockets
internal import Terminal
internal import Wire

/// A folder of account files.
struct AccountFolder: Hashable, Sendable {
  /// The name of the account in `oauth_creds.json`.
  static let singleName = "default"
  static let countsName = "replay_request_counts.json"

  let path: String

  init(_ path: String) {
    self.path = path.hasSuffix("/") && path.count > 1 ? String(path.dropLast()) : path
  }

  /// The name of the account that a file holds; nil for any other file.
  static func account(inFile name: String) -> String? {
    if name == "oauth_creds.json" { return singleName }
    let start = "oauth_creds_"
    guard name.hasPrefix(start), name.hasSuffix(".json") else { return nil }
    let middle = name.dropFirst(start.count).dropLast(".json".count)
    return middle.isEmpty ? nil : String(middle)
  }

  func file(of account: String) -> String {
    let single = "\(path)/oauth_creds.json"
    guard account == Self.singleName, FileManager.default.fileExists(atPath: single) else {
      return "\(path)/oauth_creds_\(account).json"
    }
    return single
  }

  /// Reads all accounts, sorted by name, the single one first; cleans up after crashed programs.
  ///
  /// - Throws: `UsageError` with the file and what to do.
  func accounts(defaultUpstream: BaseURL) throws -> [Account] {
    let names: [String]
    do {
      names = try FileManager.default.contentsOfDirectory(atPath: path)
    } catch {
      throw UsageError(
        "cannot read the account folder \(path): \(reason(error)). Log in with Qwen Code, or set "
          + "QWEN_ACCOUNTS_DIR to the folder of oauth_creds.json, or set DASHSCOPE_API_KEY")
    }
    recoverLeftovers()
    let found = names.compactMap(Self.account(inFile:)).sorted {
      ($0 == Self.singleName ? "" : $0) < ($1 == Self.singleName ? "" : $1)
    }
    var accounts: [Account] = []
    for name in found where !accounts.contains(where: { $0.name == name }) {
      let tokens = try tokens(of: name)
      // Two files of one login would invalidate each other's refresh token.
      if let refresh = tokens.refresh,
        let twin = accounts.first(where: { $0.tokens.refresh == refresh })
      {
        throw UsageError(
          "the account files of \(printable(twin.name)) and \(printable(name)) in \(path) hold the "
            + "same login; remove one of them")
      }
      accounts.append(Account(name: name, tokens: tokens, defaultUpstream: defaultUpstream))
    }
    return accounts
  }

  /// Reads the tokens of an account. Throws `UsageError` with the file and what is wrong in it.
  func tokens(of account: String) throws -> Tokens { try tokens(inFile: file(of: account)) }

  /// Reads the tokens in a file; throws as above.
  func tokens(inFile file: String) throws -> Tokens {
    func wrong(_ what: String) -> UsageError {
      UsageError("\(file) \(what); log in again, or remove it")
    }
    let object: [String: Any]
    do {
      let data = try Data(contentsOf: URL(fileURLWithPath: file))
      guard let read = try? JSONSerialization.jsonObject(with: data) as? [String: Any] else {
        throw wrong("holds no JSON object")
      }
      object = read
    } catch let error as UsageError {
      throw error
    } catch {
      throw UsageError("cannot read \(file): \(reason(error))")
    }
    let refresh = object["refresh_token"] as? String ?? ""
    let access = object["access_token"] as? String ?? ""
    guard isFieldText(access) || access.isEmpty && !refresh.isEmpty else {
      throw wrong("holds no access_token")
    }
    var tokens = Tokens(
      access: Secret(access), refresh: refresh.isEmpty ? nil : Secret(refresh),
      end: milliseconds(object["expiry_date"]))
    if access.isEmpty { tokens.end = 0 }
    if let place = object["resource_url"] as? String, !place.isEmpty {
      guard let upstream = Tokens.upstream(ofResource: place) else {
        throw wrong("holds a resource_url that is not a URL")
      }
      tokens.upstream = upstream
    }
    return tokens
  }

  /// The content of the account's file with new tokens; its other members stay.
  private func content(of account: String, with tokens: Tokens) throws -> Data {
    let old = try? Data(contentsOf: URL(fileURLWithPath: file(of: account)))
    var object =
      old.flatMap { try? JSONSerialization.jsonObject(with: $0) as? [String: Any] } ?? [:]
    object["access_token"] = tokens.access.text
    object["refresh_token"] = tokens.refresh?.text
    object["expiry_date"] = tokens.end
    if object["token_type"] == nil { object["token_type"] = "Bearer" }
    if let upstream = tokens.upstream,
      (object["resource_url"] as? String).flatMap(Tokens.upstream(ofResource:)) != upstream
    {
      object["resource_url"] = upstream.description
    }
    return try JSONSerialization.data(
      withJSONObject: object, options: [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes])
  }

  /// Replaces the account's file by one with new tokens. When this returns, they are on the disk;
  /// when it throws, or the process ends in the middle, the file is the old one or the new one.
  func write(_ tokens: Tokens, of account: String) throws {
    try replaceFile(file(of: account), by: Array(content(of: account, with: tokens)))
  }

  /// The same; false when it fails.
  func save(_ tokens: Tokens, of account: String) -> Bool {
    (try? write(tokens, of: account)) != nil
  }

  /// Reads the counts of requests; none when the file does not exist or is damaged.
  func counts() -> RequestCounts {
    guard let data = try? Data(contentsOf: URL(fileURLWithPath: "\(path)/\(Self.countsName)")),
      let file = try? JSONDecoder().decode(CountsFile.self, from: data),
      let date = try? Date(file.day, strategy: CountsFile.dayFormat)
    else { return RequestCounts() }
    guard let seconds = Int(exactly: date.timeIntervalSince1970.rounded()),
      0...Tokens.endMax / 1_000 ~= seconds
    else { return RequestCounts() }
    return RequestCounts(day: seconds / 86_400, counts: file.requests)
  }

  /// Replaces the file of counts.
  func write(_ counts: RequestCounts) throws {
    let date = Date(timeIntervalSince1970: Double(counts.day) * 86_400)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    let data = try encoder.encode(
      CountsFile(day: date.formatted(CountsFile.dayFormat), requests: counts.counts))
    // Requests are counted one by one: waiting for the disk each time would delay all others.
    try replaceFile("\(path)/\(Self.countsName)", by: Array(data), reachesDisk: false)
  }
}

/// The content of the file of counts: the UTC day, and the requests of that day by account.
private struct CountsFile: Codable {
  static let dayFormat = Date.ISO8601FormatStyle(timeZone: .gmt).year().month().day()

  var day: String
  var requests: [String: Int]
}

/// A number of milliseconds in a file; nil when it is not a number. A number outside the range of times
/// becomes the nearest time.
private func milliseconds(_ value: Any?) -> Int? {
  guard let number = value as? NSNumber else { return nil }
  let time = number.doubleValue
  guard time.isFinite else { return nil }
  return Int(min(max(time, 0), Double(Tokens.endMax)))
}
