// Where reports go. A path is tested before the run begins, so that the result of an hour is not lost to
// a missing folder. A regular file is written completely and then renamed; anything else (a pipe, a
// device) is written directly; `-` is standard output.

internal import Foundation
internal import Terminal

/// A place for a report.
struct ReportSink {
  let path: String
  /// Opened at the beginning, for anything but a regular file.
  private let handle: FileHandle?
  private let isNew: Bool

  /// Opens the place. Throws `UsageError` when it cannot be written.
  init(_ path: String) throws {
    self.path = path
    guard path != "-" else {
      (handle, isNew) = (nil, false)
      return
    }
    func wrong(_ reason: String) -> UsageError { UsageError("cannot write \(path): \(reason)") }
    let url = URL(fileURLWithPath: path).resolvingSymlinksInPath()
    let attributes = try? FileManager.default.attributesOfItem(atPath: url.path)
    switch attributes?[.type] as? FileAttributeType {
    case nil:
      let folder = url.deletingLastPathComponent().path
      guard FileManager.default.fileExists(atPath: folder) else {
        throw wrong("there is no folder \(folder)")
      }
      do { try Data().write(to: url) } catch { throw wrong(reason(error)) }
      (handle, isNew) = (nil, true)
    case .typeDirectory?: throw wrong("it is a folder")
    case .typeRegular?:
      guard FileManager.default.isWritableFile(atPath: url.path) else {
        throw wrong("permission denied")
      }
      (handle, isNew) = (nil, false)
    default:
      guard let handle = FileHandle(forWritingAtPath: path) else {
        throw wrong("permission denied")
      }
      (self.handle, isNew) = (handle, false)
    }
  }

  /// Writes the report. Throws `UsageError` with the reason; the old report is then unchanged.
  func write(_ bytes: Data, _ console: Console) throws {
    guard path != "-" else { return console.write(Array(bytes)) }
    do {
      if let handle {
        try handle.write(contentsOf: bytes)
      } else {
        try bytes.write(to: URL(fileURLWithPath: path), options: .atomic)
      }
    } catch {
      throw UsageError("cannot write \(path): \(reason(error))")
    }
  }

  /// Removes the empty file that was created as a test; for a run without a report.
  func forget() {
    guard isNew, let size = try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int,
      size == 0
    else { return }
    try? FileManager.default.removeItem(atPath: path)
  }
}
