// A lock that several programs share, by a file of its own. The kernel lets it go when the program
// that holds it ends, however that is: a lock that a crash leaves does not exist.

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// A held lock; it is let go with the last reference to it.
package final class FileLock: Sendable {
  /// What became of a wish for a lock.
  package enum Attempt: Sendable {
    case held(FileLock)
    /// Another program, or another part of this one, holds it.
    case taken
    /// There are no locks here: the folder cannot be written, or its file system has none.
    case unavailable
  }

  private let descriptor: Int32

  private init(_ descriptor: Int32) { self.descriptor = descriptor }

  deinit { _ = close(descriptor) }

  /// Takes the lock at `path` if it is free, or becomes so within `milliseconds`; the file is made where
  /// it is missing, and stays.
  package static func take(_ path: String, within milliseconds: Int = 0) -> Attempt {
    let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { return .unavailable }
    let lock = FileLock(descriptor)
    let last = monotonicMilliseconds() + milliseconds
    while true {
      guard flock(descriptor, LOCK_EX | LOCK_NB) != 0 else { return .held(lock) }
      guard errno == EWOULDBLOCK else { return .unavailable }
      guard monotonicMilliseconds() < last else { return .taken }
      _ = poll(nil, 0, 5)
    }
  }
}
