// Processes that a command has started and that have left its group, as daemons do (`setsid`): a
// signal to the group does not reach them. All of them have inherited a mark in their environment.

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// Processes that have left the process group of their command.
enum Strays {
  /// At most this many bytes of an environment are read.
  private static let environmentBytesMax = 1 << 20
  /// How many rounds of search and kill to make; a process may start another meanwhile.
  private static let roundsMax = 20

  /// A variable that no other command has, as `NAME=VALUE`.
  static func newMark() -> String {
    "REPLAY_LAUNCH_\(getpid())_\(UInt64.random(in: .min ... .max))=1"
  }

  /// Ends all processes that have inherited `mark`, if the system shows their environments. One that
  /// has ended shows none, whoever has to wait for it.
  static func end(_ mark: String) {
    for _ in 0..<roundsMax {
      let found = processes(with: Array(mark.utf8))
      if found.isEmpty { return }
      for process in found {
        _ = kill(process, SIGKILL)
        // It is a child of this process where that is the first of a container.
        _ = waitpid(process, nil, WNOHANG)
      }
      _ = poll(nil, 0, 5)
    }
  }

  /// The processes whose environment has `mark`; none on a system without /proc.
  private static func processes(with mark: [UInt8]) -> [pid_t] {
    guard let folder = unsafe opendir("/proc") else { return [] }
    defer { unsafe closedir(folder) }
    var found: [pid_t] = []
    while let entry = unsafe readdir(folder) {
      let name = unsafe withUnsafeBytes(of: entry.pointee.d_name) {
        unsafe String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
      }
      guard let process = pid_t(name), process != getpid() else { continue }
      if contents(of: "/proc/\(name)/environ").contains(mark) { found.append(process) }
    }
    return found
  }

  private static func contents(of path: String) -> [UInt8] {
    let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return [] }
    defer { _ = close(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while bytes.count < environmentBytesMax {
      let count = unsafe buffer.withUnsafeMutableBytes {
        unsafe read(file, $0.baseAddress, $0.count)
      }
      guard count > 0 else { break }
      bytes += buffer[..<count]
    }
    return bytes
  }
}
