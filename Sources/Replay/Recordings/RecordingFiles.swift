// Recordings on disk: which files a list of names means, and reading them. Every path that the user typed
// must exist, be readable and be a recording. Inside a folder only files with a recording's name count,
// so notes may lie beside them.

internal import Foundation
internal import MockQwen
internal import Terminal
internal import Wire

/// Reads the recordings at `paths`: files, and folders with everything below them.
///
/// In a folder the files that end in `.jsonl` or `.sse` are taken, sorted by path; hidden files and
/// folders behind symbolic links are skipped. Every path must contain at least one recording.
///
/// - Throws: `RecordingError` for a file, `UsageError` for a folder, each with its name and reason.
package func recordingFiles(
  at paths: [String]
) throws -> [(path: String, recording: Recording)] {
  try recordingPaths(at: paths).map { ($0, try readRecording(at: $0)) }
}

/// Reads one recording. Throws `RecordingError`.
package func readRecording(at path: String) throws -> Recording {
  try Recording.read(try wholeFile(path), file: path)
}

/// The files that `recordingFiles` reads, in its order.
package func recordingPaths(at paths: [String]) throws -> [String] {
  try paths.flatMap { path in
    guard kind(of: path) == .typeDirectory else { return [path] }
    let files = try files(below: path)
    guard !files.isEmpty else {
      throw UsageError("no recordings in \(path): they are files that end in .jsonl or .sse")
    }
    return files.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }
}

/// The recording files in `folder` and below, in no particular order.
private func files(below folder: String) throws -> [String] {
  let names: [String]
  do {
    names = try FileManager.default.contentsOfDirectory(atPath: folder)
  } catch {
    throw UsageError("cannot read the folder \(folder): \(reason(error))")
  }
  return try names.flatMap { name -> [String] in
    let path = folder.hasSuffix("/") ? folder + name : "\(folder)/\(name)"
    if name.hasPrefix(".") { return [] }
    // A link that leads nowhere, or something that is not a file, is kept, so that reading it reports the
    // error.
    if isRecordingName(name), kind(of: path) != .typeDirectory { return [path] }
    let own = try? FileManager.default.attributesOfItem(atPath: path)[.type] as? FileAttributeType
    return own == .typeDirectory ? try files(below: path) : []
  }
}

/// Whether a file in a folder has a recording's name.
private func isRecordingName(_ name: String) -> Bool {
  name.hasSuffix(".jsonl") || name.hasSuffix(".sse")
}

/// The type of `path`, following symbolic links that lead somewhere; nil when it does not exist.
private func kind(of path: String) -> FileAttributeType? {
  let resolved = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
  let attributes = try? FileManager.default.attributesOfItem(atPath: resolved)
  return attributes?[.type] as? FileAttributeType
}
