// The recordings that a command line names: files, folders, and the built-in ones as `script:NAME`. A
// bare binary contains those, so it can show something when there is no folder. If several files are
// given, every bad one is reported, with the number of good ones.

internal import Foundation
internal import MockQwen
internal import Recordings
internal import Terminal
internal import Trials

/// Recordings and the names by which a user can name them again.
typealias NamedRecordings = [(path: String, recording: Recording)]

/// The prefix of built-in recordings' names.
let scriptPrefix = "script:"

/// Reads the recordings at `paths`; without any, the folder `recordings`, or the built-in recordings if
/// it does not exist, which is reported to `tell`.
func namedRecordings(
  at paths: [String], tell: (String) -> Void = { _ in }
) throws -> NamedRecordings {
  guard !paths.isEmpty else {
    if isFolder("recordings") == true { return try namedRecordings(at: ["recordings"]) }
    tell(
      "there is no folder recordings/ here: the \(Script.all.count) built-in recordings are taken "
        + "(replay import and replay record make your own)")
    return Script.all.map(builtIn)
  }
  var good: NamedRecordings = []
  var bad: [any Error] = []
  for path in paths {
    if path.hasPrefix(scriptPrefix) {
      good.append(builtIn(try script(named: String(path.dropFirst(scriptPrefix.count)))))
      continue
    }
    guard FileManager.default.fileExists(atPath: path) || isLink(path) else {
      throw UsageError(missing(path))
    }
    for file in try recordingPaths(at: [path]) {
      do { good.append((file, try readRecording(at: file))) } catch { bad.append(error) }
    }
  }
  guard let first = bad.first else { return good }
  guard good.count + bad.count > 1 else { throw first }
  let shown = bad.prefix(5).map { "\($0)" }
  let more = bad.count > shown.count ? ["and \(bad.count - shown.count) more"] : []
  let list = (shown + more).joined(separator: "\n  ")
  throw UsageError(
    "\(bad.count) of \(counted(good.count + bad.count, "recording")) cannot be read, "
      + "\(good.count) \(good.count == 1 ? "is" : "are") good:\n  \(list)")
}

/// The script with this name. Throws `UsageError`.
func script(named name: String) throws -> Script {
  guard let script = Script.all.first(where: { $0.name == name }) else {
    let known = Script.all.map(\.name)
    throw UsageError(
      "no scripted session is called '\(name)'; there are \(known.joined(separator: ", "))"
        + nearest(name, known))
  }
  return script
}

private func builtIn(_ script: Script) -> (path: String, recording: Recording) {
  (scriptPrefix + script.name, Recording(source: "built in", session: script.session))
}

private func isLink(_ path: String) -> Bool {
  (try? FileManager.default.destinationOfSymbolicLink(atPath: path)) != nil
}

/// The error for a file that does not exist, with the nearest name.
private func missing(_ path: String) -> String {
  if let reason = nameReason(path) { return "\(path): \(reason)" }
  let url = URL(fileURLWithPath: path)
  let folder = url.deletingLastPathComponent().path
  guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder) else {
    return "\(path): no such file or folder; there is no folder \(folder) either"
  }
  let wanted = url.lastPathComponent
  let files = names.filter { $0.hasSuffix(".jsonl") || $0.hasSuffix(".sse") }
  let stems = files.map { String($0.prefix { $0 != "." }) }
  let near =
    nearestWord(wanted, files)
    ?? nearestWord(wanted, stems).flatMap { stem in files.first { $0.hasPrefix(stem + ".") } }
  if let near { return "\(path): no such file or folder; did you mean '\(near)'?" }
  let inFolder = nearestWord(
    wanted + ".jsonl",
    ["recordings"].flatMap { folder in
      (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    })
  return "\(path): no such file or folder"
    + (inFolder.map { "; did you mean 'recordings/\($0)'?" } ?? "")
}
