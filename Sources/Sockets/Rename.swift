// The system calls for files that Foundation does not offer on Linux. Its own replacement of a file
// removes the old one first, and loses it when the next step fails; its own move checks whether the
// new name is taken and then moves, so two processes may both have found it free.

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// Renames the file `path` to `newPath` in one step; an existing file of that name is replaced.
package func renameFile(_ path: String, to newPath: String) throws(SocketError) {
  guard unsafe rename(path, newPath) == 0 else {
    throw SocketError("rename \(path) to \(newPath)", code: errno)
  }
}

/// Gives the file `path` the second name `newPath` in one step, as a hard link; the old name stays.
///
/// - Returns: Whether the name was free.
package func linkFile(_ path: String, to newPath: String) throws(SocketError) -> Bool {
  guard unsafe link(path, newPath) != 0 else { return true }
  guard errno != EEXIST else { return false }
  throw SocketError("link \(path) to \(newPath)", code: errno)
}

/// Makes a file that only its owner may read, and opens it for writing; refuses a name that is
/// taken. Foundation would write another file first, and leave that behind after a crash. The file
/// is locked until the descriptor is closed.
///
/// - Returns: The descriptor, which the caller must close.
package func makePrivateFile(_ path: String) throws(SocketError) -> Int32 {
  while true {
    let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw SocketError("make \(path)", code: errno) }
    // A program that looks for abandoned files holds such a lock only for a moment, and may have
    // removed this file before it was locked.
    var status = stat()
    guard flock(descriptor, LOCK_EX) == 0, unsafe fstat(descriptor, &status) == 0,
      status.st_nlink == 0
    else { return descriptor }
    _ = close(descriptor)
  }
}

/// Whether no program uses a file that `makePrivateFile` has made: the one that made it has ended.
/// False when that cannot be known.
///
/// - Parameter removes: Whether such a file is removed.
package func isAbandoned(_ path: String, removes: Bool = false) -> Bool {
  let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
  guard descriptor >= 0 else { return false }
  defer { _ = close(descriptor) }
  guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { return false }
  if removes { _ = unsafe unlink(path) }
  return true
}

/// The ID of this process.
package func ownProcessNumber() -> Int { Int(getpid()) }
