// The system calls for files that Foundation does not offer on Linux: its own replacement of a file
// removes the old one first, and loses it when the next step fails; its own move looks whether the
// new name is taken and then moves, and two processes may both have looked.

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// Gives the file `path` the name `newPath` in one step; a file of that name is replaced by it.
package func renameFile(_ path: String, to newPath: String) throws(SocketError) {
  guard unsafe rename(path, newPath) == 0 else {
    throw SocketError("rename \(path) to \(newPath)", code: errno)
  }
}

/// Gives the file `path` the name `newPath` as well, in one step; a link beside its old name.
///
/// - Returns: Whether the name was free.
package func linkFile(_ path: String, to newPath: String) throws(SocketError) -> Bool {
  guard unsafe link(path, newPath) != 0 else { return true }
  guard errno != EEXIST else { return false }
  throw SocketError("link \(path) to \(newPath)", code: errno)
}

/// Makes a file that only its owner may read, and opens it for writing; refuses a name that is taken.
/// Foundation would write another file first, and leave that behind in a crash. The file is locked
/// until the descriptor is closed.
///
/// - Returns: The descriptor, which the caller must close.
package func makePrivateFile(_ path: String) throws(SocketError) -> Int32 {
  while true {
    let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw SocketError("make \(path)", code: errno) }
    // Who looks for abandoned files holds such a lock for a moment only, and may have removed this one
    // before it was locked.
    var status = stat()
    guard flock(descriptor, LOCK_EX) == 0, unsafe fstat(descriptor, &status) == 0,
      status.st_nlink == 0
    else { return descriptor }
    _ = close(descriptor)
  }
}

/// Whether nobody is at a file that `makePrivateFile` has made: the program that made it is gone. False
/// where that cannot be told.
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

/// The number of this process.
package func ownProcessNumber() -> Int { Int(getpid()) }
