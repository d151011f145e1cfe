// The rooms of the house as data: where each lies, and what it may see. The table says again, and
// independently, what Package.swift lets a room see: a dependency that is added there without thought
// fails here.

import Foundation
import Testing

/// A room: a target of the package with its sources.
struct Room: Sendable, CustomTestStringConvertible {
  var name: String
  /// The folder below the package's own.
  var folder: String
  /// The rooms that it may import.
  var sees: Set<String>
  var testDescription: String { name }

  init(_ name: String, _ folder: String, sees: Set<String>) {
    self.name = name
    self.folder = "Sources/" + folder
    self.sees = sees
  }

  private static let proxy: Set<String> = ["ProxyUnderTest", "ProxyServing"]
  private static let stages = proxy.union(["Wire", "Networks", "MockQwen", "Sockets", "Judging"])
  private static let trials = stages.union(["Stages", "Terminal", "Recordings", "Inflate"])

  static let all = [
    Room("Wire", "Wire", sees: []),
    Room("Networks", "Networks", sees: ["Wire"]),
    Room("MockQwen", "MockQwen", sees: ["Wire"]),
    Room("ProxyUnderTest", "ProxyUnderTest/Core", sees: ["Wire"]),
    Room("ProxyServing", "ProxyUnderTest/Server", sees: ["Wire", "Networks", "ProxyUnderTest"]),
    Room("Sockets", "Sockets", sees: ["Wire", "Networks", "SystemCalls"]),
    Room("Inflate", "Replay/Inflate", sees: []),
    Room("Terminal", "Replay/Terminal", sees: []),
    Room("Judging", "Replay/Judge", sees: ["Wire", "MockQwen", "Inflate"]),
    Room(
      "Recordings", "Replay/Recordings",
      sees: ["Wire", "MockQwen", "Judging", "Terminal", "Inflate"]),
    Room("Stages", "Replay/Stages", sees: stages),
    Room("Trials", "Replay/Trials", sees: trials),
    Room(
      "ReplayTesting", "Replay/Testing",
      sees: ["Wire", "MockQwen", "Terminal", "Judging", "Recordings", "Trials"]),
    Room("Canaries", "Replay/Canaries", sees: trials.union(["Trials"])),
    Room("Commands", "Replay/Command", sees: trials.union(["Trials", "Canaries"])),
    Room("ReplayCommand", "ReplayCommand", sees: ["Commands"]),
  ]

  static let names = Set(all.map(\.name))

  /// The package's folder.
  static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  /// The room's files: the path below the package, and the text without comments.
  func files() throws -> [(path: String, code: String)] {
    let all = FileManager.default.enumerator(atPath: Self.root.appending(path: folder).path)
    let names = all?.compactMap { $0 as? String } ?? []
    return try names.filter { $0.hasSuffix(".swift") }.sorted().map { name in
      let path = "\(folder)/\(name)"
      let text = try String(contentsOf: Self.root.appending(path: path), encoding: .utf8)
      return (path, Self.code(of: text))
    }
  }

  /// A text without its whole-line comments.
  static func code(of text: String) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false).filter {
      !$0.drop(while: { $0 == " " }).hasPrefix("//")
    }.joined(separator: "\n")
  }
}
