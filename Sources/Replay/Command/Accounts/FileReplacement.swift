// The replacement of a small file that must never be lost: the new one is made beside it under a
// hidden name, for its owner alone, brought to the disk, and given the old one's name in one step;
// then the folder is brought to the disk, which makes the name last. Up to the renaming the old file
// stands, from then on the new one, and a crash leaves at most a hidden file.

internal import Foundation
internal import MockQwen
internal import ProxyUnderTest
internal import Recordings
internal import Sockets
internal import Wire

/// Replaces the file `path`, or makes it. When this returns, the new one is on the disk; when it
/// throws, it is the old one or the new one, and nothing is left beside it.
///
/// - Parameter reachesDisk: False for a file that may be the old one again when the power fails.
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

  /// What stands in the hidden name, before the number of the process.
  private static let mark = ".partial-"

  private let target: String
  private let temporary: String
  private let bytes: [UInt8]
  private var handle: FileHandle?

  /// `path` may be a symbolic link: what it leads to is replaced.
  init(of path: String, by bytes: [UInt8]) {
    let url = URL(fileURLWithPath: path).resolvingSymlinksInPath()
    target = url.path
    let name = ".\(url.lastPathComponent)\(Self.mark)\(ownProcessNumber())-\(UUID().uuidString)"
    temporary = url.deletingLastPathComponent().appendingPathComponent(name).path
    self.bytes = bytes
  }

  /// Removes what a replacement that failed has left.
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
      // Its lock has told until now that somebody is at it.
      try handle?.close()
      handle = nil
    case .bringFolderToDisk:
      let folder = URL(fileURLWithPath: target).deletingLastPathComponent()
      let handle = try FileHandle(forReadingFrom: folder)
      try handle.synchronize()
      try handle.close()
    }
  }

  /// The name that a replacement of this name was to get; nil for any other file.
  static func target(ofLeftover name: String) -> String? {
    guard name.hasPrefix("."), let mark = name.firstRange(of: mark) else { return nil }
    return String(name[..<mark.lowerBound].dropFirst())
  }

  /// Whether a file was begun by a program that is gone. Process numbers do not tell: those of another
  /// container are not known here, and may be the same.
  static func isLeftover(_ path: String) -> Bool {
    let name = path.split(separator: "/").last.map(String.init) ?? path
    guard target(ofLeftover: name) != nil else { return false }
    return isAbandoned(path)
  }
}
