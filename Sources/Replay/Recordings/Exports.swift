// A recording in other forms: a command line that repeats its request, and a bar that shows when its
// bytes came.

internal import Foundation
package import MockQwen
internal import Terminal
internal import Wire

/// A curl command that sends the request of `recording` again. What was redacted is left out; the key
/// comes from the user's environment.
package func curlLine(_ recording: Recording) -> String {
  let request = recording.session.request
  let origin = recording.source.firstMatch(of: #/^recorded from (https?:\/\/[^\/ ]+)/#)?.output.1
  var words = ["curl -N"]
  if request.method != (request.body.isEmpty ? "GET" : "POST") {
    words.append("-X \(quoted(request.method))")
  }
  let target = String(request.target)
  words.append(
    origin.map { quoted($0 + target) } ?? "\"${QWEN_HOST:-http://127.0.0.1:8787}\"" + quoted(target)
  )
  for field in request.fields.list {
    if field.isNamed("Authorization") {
      words.append("-H \"Authorization: Bearer $DASHSCOPE_API_KEY\"")
    } else if !field.value.contains("[redacted]") {
      words.append("-H " + quoted("\(field.name): \(field.value)"))
    }
  }
  let (text, base64) = jsonText(request.body[...])
  if let text, !text.contains("\u{0}") {
    if !text.isEmpty { words.append("--data-binary " + quoted(text)) }
    return words.joined(separator: " \\\n  ")
  }
  words.append("--data-binary @-")
  let coded = base64 ?? Data(request.body).base64EncodedString()
  return "printf %s \(coded) | base64 -d | " + words.joined(separator: " \\\n  ")
}

/// `text` quoted as one shell word.
private func quoted(_ text: some StringProtocol) -> String {
  "'" + text.replacingOccurrences(of: "'", with: "'\\''") + "'"
}

/// When the bytes of a session came, as a bar of blocks; nil for a session that took no time.
package func densityBar(_ session: Session, width: Int = 60) -> String? {
  guard let duration = session.fragments.last?.milliseconds, duration > 0 else { return nil }
  var counts = [Int](repeating: 0, count: width)
  var start = 0
  for fragment in session.fragments {
    counts[min(fragment.milliseconds * width / duration, width - 1)] += fragment.end - start
    start = fragment.end
  }
  let most = counts.max() ?? 1
  let levels = Array("▁▂▃▄▅▆▇█")
  let bar = counts.map { $0 == 0 ? " " : levels[($0 * levels.count - 1) / most] }
  return "0 ms |\(String(bar))| \(duration) ms, a column is \(max(duration / width, 1)) ms, "
    + "a full one \(most) bytes"
}
