// Where a path in a test begins: at the package of the test, so that it means the same in whatever folder
// the tests are started.

internal import Foundation

/// `path`, below the folder of the package that holds the file `source`. An absolute path, and one that
/// does not exist there, stays as it is.
package func pathInPackage(_ path: String, of source: String) -> String {
  guard !path.hasPrefix("/") else { return path }
  var folder = URL(fileURLWithPath: source).deletingLastPathComponent()
  while folder.path != "/" {
    if FileManager.default.fileExists(atPath: folder.appendingPathComponent("Package.swift").path) {
      let inside = folder.appendingPathComponent(path).path
      return FileManager.default.fileExists(atPath: inside) ? inside : path
    }
    folder.deleteLastPathComponent()
  }
  return path
}
