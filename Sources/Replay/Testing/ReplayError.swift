// Why a test cannot run at all: in words for a person, whatever the error was inside.

internal import Judging
internal import Recordings
internal import Terminal
internal import Trials

/// Why something could not be done: a file that is not a recording, a proxy that cannot be judged.
public struct ReplayError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What happened, where, and what to do next.
  public let description: String

  init(_ description: String) { self.description = description }
}

/// Runs `body`; every error becomes a `ReplayError` with the same text.
func asReplayError<Result>(_ body: () throws -> Result) throws(ReplayError) -> Result {
  do {
    return try body()
  } catch let error as ReplayError {
    throw error
  } catch {
    throw ReplayError("\(error)")
  }
}
