// Reading a whole file. Only regular files are read: a pipe without a writer would block without end, and
// a device may never end. Errors tell what to do next.

internal import Foundation
internal import Terminal

/// The bytes of the file at `path`. Throws `RecordingError` for what is not a file, has more than
/// `bytesMax` bytes or cannot be read.
func wholeFile(_ path: String, bytesMax: Int = .max) throws(RecordingError) -> [UInt8] {
  func wrong(_ reason: String) -> RecordingError { RecordingError(file: path, reason: reason) }
  let url = URL(fileURLWithPath: path).resolvingSymlinksInPath()
  do {
    let attributes = try FileManager.default.attributesOfItem(atPath: url.path)
    switch attributes[.type] as? FileAttributeType {
    case .typeRegular?: break
    case .typeDirectory?: throw wrong("a folder, not a file")
    case .typeSocket?: throw wrong("a socket, not a file")
    case .typeCharacterSpecial?, .typeBlockSpecial?: throw wrong("a device, not a file")
    case .typeSymbolicLink: throw wrong("no such file or folder")
    default: throw wrong("a pipe, not a file; write what it gives to a file first")
    }
    if let size = attributes[.size] as? Int, size > bytesMax {
      throw wrong("it has \(size) bytes, and at most \(bytesMax) are read")
    }
    return Array(try Data(contentsOf: url))
  } catch let error as RecordingError {
    throw error
  } catch {
    throw wrong(nameReason(path) ?? reason(error))
  }
}

/// Why no file called `path` can be opened, if the name itself is the reason.
package func nameReason(_ path: String) -> String? {
  path.contains("\u{FFFD}") ? "its name is not UTF-8, so it cannot be opened: rename it" : nil
}

/// The bytes of a file that the user named. Throws `UsageError`.
package func fileBytes(_ file: String) throws -> [UInt8] {
  do {
    return try wholeFile(file, bytesMax: ImportLimits.standard.fileBytesMax)
  } catch {
    throw UsageError(error.description)
  }
}
