internal import Foundation

/// Reads recordings.
package func recordingFiles(at paths: [String]) throws -> [(path: String, recording: Recording)] {
  try paths.flatMap { path -> [String] in
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw UsageError("\(path): no such file")
    }
    guard isFolder.boolValue else { return [path] }
    let names = try FileManager.default.subpathsOfDirectory(atPath: path).sorted()
    return names.filter { $0.hasSuffix(".sse") || $0.hasSuffix(".jsonl") }.map { path + "/" + $0 }
  }.map { path in
    (path, try Recording.read(Array(try Data(contentsOf: URL(fileURLWithPath: path))), file: path))
  }
}
