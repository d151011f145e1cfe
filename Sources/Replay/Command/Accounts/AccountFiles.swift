// The account files as a store of tokens that other programs use too. A refresh token can be used once,
// and some servers end a login whose token is used twice. So a program that refreshes holds the account's
// lock from before it reads the file until the new tokens are in it.

internal import Foundation
internal import ProxyServing
internal import ProxyUnderTest
internal import Sockets

/// The account files of a folder, with the locks that are held.
struct AccountFiles: TokenStore {
  let folder: AccountFolder
  private var locks: [String: FileLock] = [:]
  private let counts: CountsBook

  init(_ folder: AccountFolder, counts: CountsBook) {
    self.folder = folder
    self.counts = counts
  }

  func newer(than tokens: Tokens, of account: String) -> Tokens? {
    guard let found = try? folder.tokens(of: account), found.access != tokens.access,
      (found.end ?? .max) > (tokens.end ?? 0)
    else { return nil }
    return found
  }

  mutating func save(_ tokens: Tokens, of account: String) -> Bool {
    folder.save(tokens, of: account)
  }

  mutating func lock(_ account: String) -> Bool {
    guard locks[account] == nil else { return true }
    switch FileLock.take(folder.lockFile(of: account)) {
    case .held(let lock):
      locks[account] = lock
      // The program that held the lock before may have been killed before it stored its new tokens.
      folder.recoverLeftovers()
    case .taken: return false
    // Without locks the file is still read before and after a refresh.
    case .unavailable: break
    }
    return true
  }

  mutating func unlock(_ account: String) { locks[account] = nil }

  func keep(_ counts: RequestCounts) { self.counts.keep(counts, at: monotonicMilliseconds()) }
}

extension AccountFolder {
  /// The lock file that marks an account's token as being refreshed: beside the account's file, even if
  /// that is behind a symbolic link.
  func lockFile(of account: String) -> String {
    let url = URL(fileURLWithPath: file(of: account)).resolvingSymlinksInPath()
    return url.deletingLastPathComponent().appendingPathComponent(".\(url.lastPathComponent).lock")
      .path
  }

  /// Merges requests into the file of counts, by day, as `RequestCounts.merge` does.
  ///
  /// - Returns: False when another program holds the file's lock: try again soon.
  func add(_ more: RequestCounts, within milliseconds: Int = 0) throws -> Bool {
    let attempt = FileLock.take("\(path)/.\(Self.countsName).lock", within: milliseconds)
    if case .taken = attempt { return false }
    var sum = counts()
    sum.merge(more)
    try withExtendedLifetime(attempt) { try write(sum) }
    return true
  }

  /// Cleans up after programs that ended while they replaced a file. New tokens that were written
  /// completely but not yet renamed are an account's only valid ones, so the file gets its name. The rest
  /// is removed.
  func recoverLeftovers() {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    for name in names {
      let leftover = "\(path)/\(name)"
      guard FileReplacement.isLeftover(leftover) else { continue }
      if let target = FileReplacement.target(ofLeftover: name),
        let account = Self.account(inFile: target), isNewer(leftover, than: account),
        (try? renameFile(leftover, to: "\(path)/\(target)")) != nil
      {
        continue
      }
      _ = isAbandoned(leftover, removes: true)
    }
  }

  /// Whether a file holds complete tokens that expire later than the account's, and was written later.
  private func isNewer(_ leftover: String, than account: String) -> Bool {
    guard let found = try? tokens(inFile: leftover) else { return false }
    guard let known = try? tokens(of: account) else { return true }
    return found.access != known.access && (found.end ?? .max) > (known.end ?? 0)
      && writeTime(leftover) >= writeTime(file(of: account))
  }

  private func writeTime(_ path: String) -> Date {
    let attributes = try? FileManager.default.attributesOfItem(
      atPath: URL(fileURLWithPath: path).resolvingSymlinksInPath().path)
    return attributes?[.modificationDate] as? Date ?? .distantPast
  }
}
