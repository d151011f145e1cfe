// A lock that several programs share, by a file of its own. The kernel releases it when the program
// that holds it ends, in whatever way: a crash cannot leave a lock behind.

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// A held lock; it is released with the last reference to it.
package final class FileLock: Sendable {
  /// The result of an attempt to take a lock.
  package enum Attempt: Sendable {
    case held(FileLock)
    /// Another program, or another part of this one, holds it.
    case taken
    /// Locks do not work here: the folder cannot be written, or its file system does not support
    /// them.
    case unavailable
  }

  private let descriptor: Int32

  private init(_ descriptor: Int32) { self.descriptor = descriptor }

  deinit { _ = close(descriptor) }

  /// Takes the lock at `path` if it is free, or becomes free within `milliseconds`. A missing file
  /// is created, and stays.
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
