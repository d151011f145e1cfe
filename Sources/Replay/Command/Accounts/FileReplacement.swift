// The replacement of a small file that must never be lost. The new file is written beside it under a
// hidden name, readable by its owner only, synced to the disk, and renamed in one step; then the folder
// is synced, which makes the name last. Until the renaming the old file is there, after it the new one,
// and a crash leaves at most a hidden file.

internal import Foundation
internal import MockQwen
internal import ProxyUnderTest
internal import Recordings
internal import Sockets
internal import Wire

/// Replaces the file `path`, or creates it. When this returns, the new one is on the disk; when it
/// throws, the file is the old one or the new one, and no other file is left.
///
/// - Parameter reachesDisk: False for a file that may be the old one again after a power failure.
func replaceFile(_ path: String, by bytes: [UInt8], reachesDisk: Bool = true) throws {
  var replacement = FileReplacement(of: path, by: bytes)
  do {
    for step in FileReplacement.Step.allCases where reachesDisk || !step.isForTheDisk {
      try replacement.perform(step)
    }
  } catch {
    replacement.removeLeftover()
    throw error
  }
}

/// One replacement, step by step.
struct FileReplacement {
  /// The steps, in their order.
  enum Step: CaseIterable {
    case make, write, bringToDisk, rename, bringFolderToDisk

    var isForTheDisk: Bool { self == .bringToDisk || self == .bringFolderToDisk }
  }

  /// The mark in the hidden name, before the process ID.
  private static let mark = ".partial-"

  private let target: String
  private let temporary: String
  private let bytes: [UInt8]
  private var handle: FileHandle?

  /// If `path` is a symbolic link, the file that it points to is replaced.
  init(of path: String, by bytes: [UInt8]) {
    let url = URL(fileURLWithPath: path).resolvingSymlinksInPath()
    target = url.path
    let name = ".\(url.lastPathComponent)\(Self.mark)\(ownProcessNumber())-\(UUID().uuidString)"
    temporary = url.deletingLastPathComponent().appendingPathComponent(name).path
    self.bytes = bytes
  }

  /// Removes the hidden file of a replacement that failed.
  func removeLeftover() {
    try? handle?.close()
    try? FileManager.default.removeItem(atPath: temporary)
  }

  /// Performs the next step.
  mutating func perform(_ step: Step) throws {
    switch step {
    case .make:
      handle = FileHandle(fileDescriptor: try makePrivateFile(temporary), closeOnDealloc: true)
    case .write:
      try handle?.write(contentsOf: Data(bytes))
    case .bringToDisk:
      try handle?.synchronize()
    case .rename:
      try renameFile(temporary, to: target)
      // Until now its lock has shown that a program is writing it.
      try handle?.close()
      handle = nil
    case .bringFolderToDisk:
      let folder = URL(fileURLWithPath: target).deletingLastPathComponent()
      let handle = try FileHandle(forReadingFrom: folder)
      try handle.synchronize()
      try handle.close()
    }
  }

  /// The final name of a hidden file; nil for any other file.
  static func target(ofLeftover name: String) -> String? {
    guard name.hasPrefix("."), let mark = name.firstRange(of: mark) else { return nil }
    return String(name[..<mark.lowerBound].dropFirst())
  }

  /// Whether the program that began a file is gone. Process IDs do not tell: those of another container
  /// are not visible here, and may be the same.
  static func isLeftover(_ path: String) -> Bool {
    let name = path.split(separator: "/").last.map(String.init) ?? path
    guard target(ofLeftover: name) != nil else { return false }
    return isAbandoned(path)
  }
}
