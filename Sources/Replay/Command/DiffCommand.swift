// `replay diff`: compares two recordings, by the same comparison as a run through a proxy, and also shows
// borders and times.

internal import Judging
internal import MockQwen
internal import ProxyUnderTest
internal import Recordings
internal import Terminal
internal import Trials
internal import Wire

/// Compares two recordings.
struct DiffCommand: Command {
  static let name = "diff"
  static let summary = "compare two recordings block by block"
  static let help = """
    Usage: replay diff A B [--speed N] [--borders] [--ignore NAMES]

    Compares recordings (.jsonl) or plain body files (.sse): B as if it had been received where A
    was expected. Differences of the status, of the blocks (LOST, DUPLICATED, REORDERED, MERGED,
    SPLIT, CORRUPTED, ADDED) and of the end count. Shown but not counted: another request, other
    bytes with the same content, and where and when the body was read.

      --speed N   divide A's times by N, as replay mock --speed N plays them; 0.01 to 1000
      --ignore NAMES  do not compare the values of these JSON members, e.g. id,created
      --borders   count other read borders as a difference too

    Exit codes: 0 the same, 1 different, 2 a file cannot be read or is damaged.
    """

  /// How many differences are shown one by one.
  private static let linesMax = 10

  static func run(_ arguments: inout Arguments, _ context: Context) async throws -> Int32 {
    let speed = try arguments.speed()
    let countsBorders = arguments.flag("--borders")
    let ignored = try arguments.options("--ignore").flatMap { $0.split(separator: ",") }
    let paths = try arguments.rest()
    guard paths.count == 2 else { throw UsageError("diff takes two files") }
    var (a, b) = (try readRecording(at: paths[0]), try readRecording(at: paths[1]))
    // What is redacted in one of the two is redacted in the other too, so that it is not a difference.
    Redactor().redact(&a.session)
    Redactor().redact(&b.session)
    let obstacles = [a, b].compactMap(\.session.unreadableReason)
    a.session = a.session.readable
    b.session = b.session.readable
    let names = ignored.map { String($0.split(separator: ".").last ?? $0) }
    for name in names {
      a.session.body = masked(a.session.body, name)
      b.session.body = masked(b.session.body, name)
    }
    let coded = obstacles.isEmpty || a.session.body == b.session.body ? [] : obstacles
    let differences =
      headDifferences(a, b) + coded.map { "body  UNREADABLE: \($0), and the bytes differ" }
      + blockDifferences(a.session, b.session, context.console)
    let haveSameBorders = a.session.fragments.map(\.end) == b.session.fragments.map(\.end)
    let lines =
      [line("A", paths[0], a), line("B", paths[1], b)] + notes(a, b)
      + [paceLine(a.session, b.session, speed: speed)]
    for line in differences + (differences.isEmpty ? [] : [""]) + lines {
      context.console.write(line)
    }
    let isSame = differences.isEmpty && (haveSameBorders || !countsBorders)
    context.console.write(
      context.console.paint(isSame ? "SAME" : "DIFFERENT", isSame ? .green : .red))
    return isSame ? 0 : 1
  }

  private static func line(_ letter: String, _ path: String, _ recording: Recording) -> String {
    "\(letter)        \(path): \(recordingSummary(recording))"
  }

  /// The differences outside the body.
  private static func headDifferences(_ a: Recording, _ b: Recording) -> [String] {
    var list: [String] = []
    let (left, right) = (a.session.response.status, b.session.response.status)
    if left != right { list.append("status  WRONG: \(right) instead of \(left)") }
    if (a.session.ending, a.side) != (b.session.ending, b.side) {
      list.append("end  WRONG: \(end(b)) instead of \(end(a))")
    }
    return list
  }

  private static func end(_ recording: Recording) -> String {
    let ending = recording.session.ending
    return ending == .complete ? "complete" : "\(ending.rawValue) by the \(recording.side.rawValue)"
  }

  private static func blockDifferences(
    _ a: Session, _ b: Session, _ console: Console
  ) -> [String] {
    let found = differences(
      expected: ReferenceReader.blocks(in: a.body), received: ReferenceReader.blocks(in: b.body),
      expectedBytes: a.body, receivedBytes: b.body, limit: .max)
    guard let first = found.first else { return [] }
    let place = first.expectedOffset ?? first.receivedOffset ?? 0
    let rest = found.count - linesMax
    return found.prefix(linesMax).map { "blocks  \($0.damage.rawValue): \($0.words)" }
      + (rest > 0 ? ["blocks  and \(rest) more differences"] : [])
      + Evidence(
        expected: a.body, at: place, received: b.body, at: first.receivedOffset ?? place,
        cuts: a.fragments.map(\.end)
      ).lines(console)
  }

  /// Differences that do not count.
  private static func notes(_ a: Recording, _ b: Recording) -> [String] {
    let keys = RequestKeys()
    let asked = keys.key(of: b.session.request).differences(
      from: keys.key(of: a.session.request), asked: "B", recorded: "A")
    var list = asked.map { "request  \($0)" }
    let (left, right) = (a.session.body, b.session.body)
    if left != right {
      let offset = zip(left, right).prefix { $0 == $1 }.count
      list.append("bytes    differ from byte \(offset) on")
    }
    return list
  }

  /// Whether the bodies were read at the same places, and how far apart in time.
  private static func paceLine(_ a: Session, _ b: Session, speed: Double) -> String {
    let (left, right) = (a.fragments.map(\.end), b.fragments.map(\.end))
    guard left == right else {
      return "borders  \(left.count) and \(right.count) reads; "
        + "\(Set(left).intersection(right).count) borders are the same"
    }
    let shifts = zip(a.fragments, b.fragments).map { expected, read in
      abs(read.milliseconds - Int((Double(expected.milliseconds) / speed).rounded()))
    }.sorted()
    guard let most = shifts.last else { return "borders  none: the bodies are empty" }
    return "borders  the same \(left.count); times differ by \(shifts[shifts.count / 2]) ms in the "
      + "median, \(most) ms at most"
  }
}

/// A body in which every value of the member `name` is replaced by asterisks, as many for all values, so
/// that only the value is hidden. Values other than strings, numbers and words stay.
func masked(_ body: [UInt8], _ name: String) -> [UInt8] {
  let key = Array("\"\(name)\"".utf8)
  var out: [UInt8] = []
  var index = 0
  while index < body.count {
    guard body[index] == 0x22, body[index...].starts(with: key) else {
      out.append(body[index])
      index += 1
      continue
    }
    out += key
    index += key.count
    while index < body.count, body[index] == 0x20 || body[index] == 0x3A {
      out.append(body[index])
      index += 1
    }
    let start = index
    if index < body.count, body[index] == 0x22 {
      index += 1
      while index < body.count, body[index] != 0x22, body[index] != 0x0A {
        index += body[index] == 0x5C ? 2 : 1
      }
      index = min(index + 1, body.count)
    } else {
      while index < body.count, isPlain(body[index]) { index += 1 }
    }
    if index > start { out += Array("\"***\"".utf8) }
  }
  return out
}

/// Whether a byte may stand in a number or a word of JSON.
private func isPlain(_ byte: UInt8) -> Bool {
  switch byte {
  case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2B, 0x2D, 0x2E: true
  default: false
  }
}
