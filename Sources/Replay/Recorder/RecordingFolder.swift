// The folder that a recorder writes into. A recording gets its name when it is whole on the disk, and
// never a name that is taken: it is written under a hidden name in the same folder, brought to the
// disk, and then linked. A crash leaves at most a hidden file, which the next recorder removes. Files
// are for their owner alone.

internal import Foundation
internal import MockQwen
internal import Sockets

/// A folder of recordings that grows.
struct RecordingFolder: Sendable {
  /// What stands in the hidden name of a file that is being written, before the process's number.
  private static let mark = ".jsonl.partial-"

  let path: String

  /// Makes the folder if it is not there, and removes what crashed recorders left in it.
  init(_ path: String) throws {
    self.path = path.hasSuffix("/") && path.count > 1 ? String(path.dropLast()) : path
    do {
      try FileManager.default.createDirectory(
        atPath: path, withIntermediateDirectories: true)
      for name in try FileManager.default.contentsOfDirectory(atPath: path)
      where Self.isLeftover(name) {
        try? FileManager.default.removeItem(atPath: "\(self.path)/\(name)")
      }
    } catch {
      throw UsageError("cannot make the folder \(path): \(reason(error))")
    }
  }

  /// Whether a file of this name was begun by a process that is gone.
  private static func isLeftover(_ name: String) -> Bool {
    guard name.hasPrefix("."), let mark = name.firstRange(of: Self.mark) else { return false }
    let digits = name[mark.upperBound...].prefix { $0 != "-" }
    guard let number = Int(digits) else { return false }
    return number == ownProcessNumber() || !processExists(number)
  }

  /// The recordings that are there.
  func recordings() throws -> [Recording] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    guard names.contains(where: { !$0.hasPrefix(".") }) else { return [] }
    do {
      return try recordingFiles(at: [path]).map(\.recording)
    } catch is UsageError {
      return []
    }
  }

  /// Writes a recording under `name`, or with a number behind it when that is taken.
  ///
  /// - Returns: The path of the file.
  func add(_ bytes: [UInt8], name: String) throws -> String {
    let temporary =
      "\(path)/.\(name)\(Self.mark)\(ownProcessNumber())-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: temporary) }
    do {
      try writeToDisk(bytes, temporary)
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

  private func writeToDisk(_ bytes: [UInt8], _ file: String) throws {
    let handle = FileHandle(fileDescriptor: try makePrivateFile(file), closeOnDealloc: true)
    try handle.write(contentsOf: Data(bytes))
    try handle.synchronize()
    try handle.close()
  }

  /// A name is on the disk when its folder is.
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
    .iso8601.year().month().day().dateSeparator(.omitted).time(includingFractionalSeconds: false)
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

/// The model that a request names.
func requestedModel(_ request: Session.Request) -> String? {
  struct Body: Decodable { var model: String? }
  return (try? JSONDecoder().decode(Body.self, from: Data(request.body)))?.model
}
