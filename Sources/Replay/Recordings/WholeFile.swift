// Files that are there whole or not at all: written under another name in the same folder, brought
// to the disk, then renamed. Whoever looks sees the old file or the new one, also after a crash.

internal import Foundation
internal import Sockets

/// Writes `bytes` to the file `path`.
///
/// - Parameter replaces: Whether a file that is there already may be replaced.
/// - Throws: `UsageError` with the path and the reason. Nothing is left behind then.
package func writeWholeFile(_ bytes: [UInt8], to path: String, replaces: Bool) throws {
  let target = URL(fileURLWithPath: path)
  let temporary = target.deletingLastPathComponent().appendingPathComponent(
    ".\(target.lastPathComponent).\(UUID().uuidString)")
  let files = FileManager.default
  do {
    defer { try? files.removeItem(at: temporary) }
    try Data(bytes).write(to: temporary, options: .withoutOverwriting)
    let file = try FileHandle(forUpdating: temporary)
    try file.synchronize()
    try file.close()
    if replaces {
      try renameFile(temporary.path, to: path)
    } else {
      // Refuses a name that is taken.
      try files.moveItem(at: temporary, to: target)
    }
  } catch {
    throw UsageError("cannot write \(path): \(reason(error))")
  }
}
