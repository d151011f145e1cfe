// What the process knows of its environment besides sockets.

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// Whether a descriptor (1: output, 2: errors) is a terminal, so that colour and progress make sense.
package func isTerminal(_ descriptor: Int32) -> Bool { isatty(descriptor) == 1 }
