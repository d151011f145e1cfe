// A user's command in a process group of its own, so that it can be ended with all processes that
// it has started. Its output and errors go through one pipe; the owner must empty it regularly,
// because a full pipe stops the program that writes. If the owner is killed, nobody would end the
// group. So a watch process leads the group: it reads from a pipe that only the owner has open for
// writing, and ends the group when that pipe closes. The watch is started before the command.

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// A shell command that runs in its own process group, at most as long as the value lives.
package struct ChildGroup: ~Copyable {
  private let process: pid_t
  /// The process ID of the command.
  package var processID: Int { Int(process) }
  private let pipeEnd: Int32
  /// The group.
  private let group: pid_t
  /// The watch, which leads the group; -1 when it has ended or was not started.
  private var watch: pid_t
  /// Closes when the owner ends, in whatever way.
  private let lifeEnd: Int32
  /// An environment variable that all processes of the command inherit.
  private let mark: String
  private var status: Int32?
  private var scratch = [UInt8](repeating: 0, count: 65_536)

  /// Starts `/bin/sh -c command` with this environment and a mark, and without input.
  package init(_ command: String, environment: [String: String]) throws(SocketError) {
    let attempt = "start '\(command)'"
    let output = try closedOnExec(attempt)
    _ = fcntl(output.read, F_SETFL, fcntl(output.read, F_GETFL) | O_NONBLOCK)
    let mark = Strays.newMark()
    let variables = [mark] + environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
    let (leader, life) = startWatch()
    let (code, started) = spawn(
      ["/bin/sh", "-c", command], variables, output: output.write, group: max(leader, 0))
    _ = close(output.write)
    guard code == 0 else {
      _ = close(output.read)
      if life >= 0 { _ = close(life) }
      if leader > 0 { _ = waitpid(leader, nil, 0) }
      throw SocketError(attempt, code: code)
    }
    self.mark = mark
    process = started
    pipeEnd = output.read
    (watch, lifeEnd) = (leader, life)
    group = leader > 0 ? leader : started
  }

  deinit {
    // The group may outlive its leader.
    _ = kill(-group, SIGKILL)
    if status == nil { _ = waitpid(process, nil, 0) }
    if watch > 0 { _ = waitpid(watch, nil, 0) }
    Strays.end(mark)
    if lifeEnd >= 0 { _ = close(lifeEnd) }
    _ = close(pipeEnd)
  }

  /// What the command has written since the last call, output and errors as they came.
  package mutating func takeOutput() -> [UInt8] {
    var taken: [UInt8] = []
    while true {
      let count = unsafe scratch.withUnsafeMutableBytes {
        unsafe read(pipeEnd, $0.baseAddress, $0.count)
      }
      guard count > 0 else { return taken }
      taken += scratch[..<count]
    }
  }

  /// How the command has ended, in words; nil while it runs.
  package mutating func ending() -> String? {
    if status == nil {
      var code: Int32 = 0
      if unsafe waitpid(process, &code, WNOHANG) == process { status = code }
    }
    guard let status else { return nil }
    let signal = status & 0x7F
    return signal == 0 ? "exited with code \((status >> 8) & 0xFF)" : "ended by signal \(signal)"
  }

  /// Asks every process of the group to end (SIGTERM), and does not wait for them.
  package func askToEnd() { _ = kill(-group, SIGTERM) }

  /// Ends every process of the group: asks first (SIGTERM), and kills after `milliseconds`.
  /// Processes that have left the group for a session of their own (`setsid`) are ended too.
  package mutating func end(within milliseconds: Int) {
    defer { Strays.end(mark) }
    _ = kill(-group, SIGTERM)
    let limit = monotonicMilliseconds() + milliseconds
    repeat {
      let isOver = ending() != nil
      // A process that has ended counts as part of the group until it is waited for.
      if watch > 0, waitpid(watch, nil, WNOHANG) == watch { watch = -1 }
      if isOver { while waitpid(-group, nil, WNOHANG) > 0 {} }
      if isOver, kill(-group, 0) != 0 { return }
      _ = poll(nil, 0, 5)
    } while monotonicMilliseconds() < limit
    _ = kill(-group, SIGKILL)
  }
}

/// A pipe whose ends are closed in every program that this process starts.
private func closedOnExec(_ attempt: String) throws(SocketError) -> (read: Int32, write: Int32) {
  var ends: [Int32] = [-1, -1]
  guard unsafe pipe(&ends) == 0 else { throw SocketError(attempt, code: errno) }
  for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
  return (ends[0], ends[1])
}

/// Starts a watch as the leader of a new group. Returns its process, and the descriptor that must
/// stay open while the group may live.
private func startWatch() -> (process: pid_t, lifeEnd: Int32) {
  guard let life = try? closedOnExec("watch") else { return (-1, -1) }
  let (code, started) = spawn(
    ["/bin/sh", "-c", "read -r _; kill -KILL 0"], [], input: life.read, output: nil)
  _ = close(life.read)
  return (code == 0 ? started : -1, life.write)
}

/// Starts a program with default signals in a process group, a new one unless `group` names one.
/// Returns an error number and the process. Without input and output it gets `/dev/null`.
private func spawn(
  _ words: [String], _ variables: [String], input: Int32? = nil, output: Int32?,
  group: pid_t = 0
) -> (code: Int32, process: pid_t) {
  #if canImport(Glibc)
    var actions = unsafe posix_spawn_file_actions_t()
    var attributes = posix_spawnattr_t()
  #else
    var actions: posix_spawn_file_actions_t?
    var attributes: posix_spawnattr_t?
  #endif
  unsafe posix_spawn_file_actions_init(&actions)
  unsafe posix_spawnattr_init(&attributes)
  defer {
    unsafe posix_spawn_file_actions_destroy(&actions)
    unsafe posix_spawnattr_destroy(&attributes)
  }
  if let input {
    unsafe posix_spawn_file_actions_adddup2(&actions, input, 0)
  } else {
    unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
  }
  for end in [1, 2] as [Int32] {
    if let output {
      unsafe posix_spawn_file_actions_adddup2(&actions, output, end)
    } else {
      unsafe posix_spawn_file_actions_addopen(&actions, end, "/dev/null", O_WRONLY, 0)
    }
  }
  // Ignored and blocked signals would be inherited.
  var signals = sigset_t()
  unsafe sigemptyset(&signals)
  unsafe posix_spawnattr_setsigmask(&attributes, &signals)
  for signal in [SIGINT, SIGTERM, SIGPIPE] { unsafe sigaddset(&signals, signal) }
  unsafe posix_spawnattr_setsigdefault(&attributes, &signals)
  unsafe posix_spawnattr_setpgroup(&attributes, group)
  let flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK
  unsafe posix_spawnattr_setflags(&attributes, Int16(flags))
  var arguments = unsafe words.map { unsafe strdup($0) } + [nil]
  var environment = unsafe variables.map { unsafe strdup($0) } + [nil]
  defer {
    for index in unsafe arguments.indices { unsafe free(arguments[index]) }
    for index in unsafe environment.indices { unsafe free(environment[index]) }
  }
  var process: pid_t = 0
  let code = unsafe posix_spawn(
    &process, words[0], &actions, &attributes, &arguments, &environment)
  return (code, process)
}
