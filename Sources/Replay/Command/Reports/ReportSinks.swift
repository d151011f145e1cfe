// Where reports go. A path is tried before the run begins, so that an hour's run is not lost to a folder
// that is not there; a regular file is written whole and put in its place, anything else (a pipe, a
// device) is written as it stands; `-` is the standard output.

internal import Foundation
internal import Terminal

/// A place for a report.
struct ReportSink {
  let path: String
  /// Open from the beginning, for what is not a regular file.
  private let handle: FileHandle?
  private let isNew: Bool

  /// Opens the place. Throws `UsageError` when nothing can be written there.
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

  /// Writes the report. Throws `UsageError` with the reason; the old report is then as it was.
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

  /// Takes the empty file away that was made to see whether one can be; for a run that gives no report.
  func forget() {
    guard isNew, let size = try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int,
      size == 0
    else { return }
    try? FileManager.default.removeItem(atPath: path)
  }
}
