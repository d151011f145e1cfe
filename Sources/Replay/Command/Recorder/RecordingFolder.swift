// The folder that a recorder writes into. A recording gets its name when it is completely on the disk,
// and never the name of an existing file: it is written under a hidden name in the same folder, synced to
// the disk, and then linked. A crash leaves at most a hidden file, which the next recorder removes. Files
// are readable by their owner only.

internal import Foundation
internal import MockQwen
internal import ProxyUnderTest
internal import Recordings
internal import Sockets
internal import Terminal
internal import Wire

/// A folder to which recordings are added.
struct RecordingFolder: Sendable {
  /// The mark in the hidden name of a file that is being written, before the process ID.
  private static let mark = ".jsonl.partial-"

  let path: String

  /// Creates the folder if it does not exist, checks that files can be written into it, and removes the
  /// files of crashed recorders.
  init(_ path: String) throws {
    self.path = path.hasSuffix("/") && path.count > 1 ? String(path.dropLast()) : path
    do {
      try FileManager.default.createDirectory(
        atPath: path, withIntermediateDirectories: true)
      for name in try FileManager.default.contentsOfDirectory(atPath: path)
      where name.hasPrefix(Self.mark) {
        _ = isAbandoned("\(self.path)/\(name)", removes: true)
      }
    } catch {
      let isFile = FileManager.default.fileExists(atPath: path)
      throw UsageError(
        isFile
          ? "cannot record into \(path): it is not a folder"
          : "cannot make the folder \(path): \(reason(error))")
    }
    let trial = hiddenPath()
    do {
      defer { try? FileManager.default.removeItem(atPath: trial) }
      try writeToDisk([], trial).close()
    } catch {
      throw UsageError("cannot write into the folder \(path): \(reason(error))")
    }
  }

  /// The path of a file until it is complete.
  private func hiddenPath() -> String {
    "\(path)/\(Self.mark)\(ownProcessNumber())-\(UUID().uuidString)"
  }

  /// The recordings in the folder.
  func recordings() throws -> [Recording] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    guard names.contains(where: { !$0.hasPrefix(".") }) else { return [] }
    do {
      return try recordingFiles(at: [path]).map(\.recording)
    } catch is UsageError {
      return []
    }
  }

  /// Writes a recording under `name`. If the name exists, a number is appended, or with `replaces` the
  /// existing file is replaced.
  ///
  /// - Returns: The path of the file.
  func add(_ bytes: [UInt8], name: String, replaces: Bool = false) throws -> String {
    let temporary = hiddenPath()
    defer { try? FileManager.default.removeItem(atPath: temporary) }
    do {
      // Open until it is renamed, so that a recorder that starts meanwhile sees that a program is writing
      // it.
      let handle = try writeToDisk(bytes, temporary)
      defer { try? handle.close() }
      if replaces {
        let target = "\(path)/\(name).jsonl"
        try renameFile(temporary, to: target)
        bringToDisk(path)
        return target
      }
      for number in 1... {
        let target = "\(path)/\(name)\(number > 1 ? "-\(number)" : "").jsonl"
        if try linkFile(temporary, to: target) {
          bringToDisk(path)
          return target
        }
      }
    } catch {
      throw UsageError("cannot write \(path)/\(name).jsonl: \(reason(error))")
    }
    preconditionFailure("names never end")
  }

  private func writeToDisk(_ bytes: [UInt8], _ file: String) throws -> FileHandle {
    let handle = FileHandle(fileDescriptor: try makePrivateFile(file), closeOnDealloc: true)
    try handle.write(contentsOf: Data(bytes))
    try handle.synchronize()
    return handle
  }

  /// A name is only on the disk when its folder is synced.
  private func bringToDisk(_ folder: String) {
    let handle = FileHandle(forReadingAtPath: folder)
    try? handle?.synchronize()
    try? handle?.close()
  }
}

/// The name of a recording: when its request was sent, the model, and the first digits of the body's
/// digest.
func recordingName(_ recording: Recording, at date: Date) -> String {
  let time = date.formatted(
    .iso8601.year().month().day().dateSeparator(.omitted).time(includingFractionalSeconds: true)
      .timeSeparator(.omitted).timeZone(separator: .omitted))
  let request = recording.session.request
  let path = request.target.prefix { $0 != "?" }
  let model = requestedModel(request) ?? path.split(separator: "/").last.map(String.init) ?? ""
  let word = String(
    model.unicodeScalars.prefix(60).map { scalar in
      let isPlain = scalar.isASCII && (scalar.properties.isAlphabetic || "0"..."9" ~= scalar)
      return isPlain || scalar == "." || scalar == "-" ? Character(scalar) : "_"
    })
  return "\(time)-\(word.isEmpty ? "none" : word)-\(recording.digest.prefix(8))"
}

/// The model in a request.
func requestedModel(_ request: Session.Request) -> String? {
  struct Body: Decodable { var model: String? }
  return (try? JSONDecoder().decode(Body.self, from: Data(request.body)))?.model
}
