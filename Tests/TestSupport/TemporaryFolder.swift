// A folder of a test's own, gone when the test is over.

import Foundation

/// Runs `body` with the path of a new, empty folder, and removes the folder afterwards.
package func withTemporaryFolder<Result>(
  _ body: (String) async throws -> Result
) async throws -> Result {
  let folder = FileManager.default.temporaryDirectory
    .appendingPathComponent("replay-tests-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  return try await body(folder.path)
}

/// Puts `bytes` into the file `name`, folders before it included, below `folder`.
package func put(_ bytes: [UInt8], _ name: String, in folder: String) throws {
  let url = URL(fileURLWithPath: "\(folder)/\(name)")
  try FileManager.default.createDirectory(
    at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
  try Data(bytes).write(to: url)
}
