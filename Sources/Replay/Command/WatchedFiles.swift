// What a run depends on: its recordings, its config, the list of known failures, and the files that a
// launched command names. Files that the run writes are left out, or each run would trigger the next.

internal import Foundation
internal import Terminal

/// Files, and when each was last changed.
struct WatchedFiles: Hashable, Sendable {
  /// With more, it would watch a whole disk.
  private static let countMax = 10_000

  /// By path: the time of the last change, and the length.
  private(set) var stamps: [String: String] = [:]

  var count: Int { stamps.count }

  /// - Parameters:
  ///   - arguments: The words of `replay run`.
  ///   - also: Files and folders that are watched too.
  init(of arguments: Arguments, also: [String]) {
    var words = arguments
    // A config that cannot be read is watched until it can.
    let own = (try? words.takeConfig()) ?? []
    let plain = arguments.plainWords
    let recordings = !plain.isEmpty ? plain : own.isEmpty ? ["recordings"] : own
    let config = arguments.value(of: "--config") ?? ConfigFile.path(beside: plain)
    let launch = words.value(of: "--launch").map(Self.words) ?? []
    let files = [config ?? "replay.json"] + [words.value(of: "--known")].compactMap(\.self)
    let written = Set(Self.written(words).map(Self.absolute))
    for path in recordings + also + files + launch {
      for file in [path] + Self.files(below: path) where stamps.count < Self.countMax {
        guard let features = try? FileManager.default.attributesOfItem(atPath: file),
          let time = features[.modificationDate] as? Date, !written.contains(Self.absolute(file)),
          // A folder's time changes with every file that is written into it; the files in it are watched
          // instead.
          features[.type] as? FileAttributeType != .typeDirectory
        else { continue }
        stamps[file] = "\(time.timeIntervalSince1970) \(features[.size] ?? 0)"
      }
    }
  }

  /// The words of a shell command that may be files.
  private static func words(of command: String) -> [String] {
    var words = [""]
    var quote: Character?
    for character in command {
      if character == quote {
        quote = nil
      } else if quote == nil, character == "'" || character == "\"" {
        quote = character
      } else if quote == nil, " \t\n;&|()<>=".contains(character) {
        words.append("")
      } else {
        words[words.count - 1].append(character)
      }
    }
    return words.filter { !$0.isEmpty }
  }

  /// The files that a run writes.
  private static func written(_ words: Arguments) -> [String] {
    let reports = (words.value(of: "--report") ?? "").split(separator: ",").compactMap {
      $0.split(separator: "=", maxSplits: 1).last.map(String.init)
    }
    return reports + [words.value(of: "--record-known")].compactMap(\.self)
  }

  private static func absolute(_ path: String) -> String {
    URL(fileURLWithPath: path).standardizedFileURL.path
  }

  /// The files of a folder, without hidden files and third-party code.
  private static func files(below path: String) -> [String] {
    guard isFolder(path) == true, let names = FileManager.default.enumerator(atPath: path) else {
      return []
    }
    var files: [String] = []
    while files.count < countMax, let name = names.nextObject() as? String {
      let last = name.split(separator: "/").last ?? ""
      if last.hasPrefix(".") || last == "node_modules" {
        names.skipDescendants()
      } else {
        files.append("\(path)/\(name)")
      }
    }
    return files
  }
}
