// Where a path of a test begins: at the package that the test is in, so that it means the same whatever
// folder the tests are started in.

internal import Foundation

/// `path`, below the folder of the package that the file `source` is in. A path that is absolute, and one
/// where nothing is there, stays as it is.
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
