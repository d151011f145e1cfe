// Errors of the kernel, with the call that failed.

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// A system call that failed.
package struct SocketError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What was tried, for a person: `listen on 127.0.0.1:80`.
  package var attempt: String
  /// The `errno` value; 0 when the error does not come from the kernel.
  package var code: Int32
  /// The message of the kernel, or of the check before the call.
  package private(set) var reason: String

  init(_ attempt: String, code: Int32) {
    self.attempt = attempt
    self.code = code
    reason = unsafe String(cString: strerror(code))
  }

  init(_ attempt: String, because text: String) {
    self.attempt = attempt
    code = 0
    reason = text
  }

  package var description: String { "cannot \(attempt): \(reason)" }
}
