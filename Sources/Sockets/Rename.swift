// The one system call for files that Foundation does not offer on Linux: its own replacement of a
// file removes the old one first, and loses it when the next step fails.

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
