// The nevers of the house. The compiler keeps most of them, because a target sees only what
// Package.swift names; these tests keep Package.swift, and what no compiler looks at: who may touch
// the kernel, files, clocks and chance. Each rule is also held against code that breaks it.

import Foundation
import Testing

/// What a rule forbids in a room, as the breaches that a text has.
private func breaches(of code: String, in room: Room) -> [String] {
  var found: [String] = []
  for match in code.matches(of: #/(?m)^(?:@\w+ )?(?:(?:public|package|internal) )?import (\w+)/#) {
    let module = String(match.output.1)
    if Room.names.contains(module), !room.sees.contains(module) { found.append(module) }
    if kernelModules.contains(module), !meetsTheKernel(room, module) { found.append(module) }
  }
  if !touchesFiles.contains(room.name) {
    found += code.matches(of: fileWords).map { String($0.output) }
  }
  if room.name != "Terminal" {
    found += code.matches(of: outputWords).map { String($0.output) }
  }
  if sansIO.contains(room.name) {
    found += code.matches(of: worldWords).map { String($0.output) }
  }
  if code.contains(#/@unchecked Sendable|nonisolated\(unsafe\)/#) { found.append("unchecked") }
  if !mayBeUnsafe.contains(room.name), code.contains(#/(?m)(?:^|[ (])unsafe /#) {
    found.append("unsafe")
  }
  return found
}

private let kernelModules: Set = [
  "SystemCalls", "Glibc", "Musl", "Darwin", "Dispatch", "FoundationNetworking",
]

/// The recorder writes its files on a queue of Dispatch; nobody else outside Sockets meets a system
/// library.
private func meetsTheKernel(_ room: Room, _ module: String) -> Bool {
  room.name == "Sockets" || room.name == "Commands" && module == "Dispatch"
}

/// Rooms that may touch files. Terminal writes to the process's two outputs. In Trials, saved failures
/// and lists of known ones read and write themselves.
private let touchesFiles: Set = ["Recordings", "Commands", "Terminal", "Trials", "ReplayCommand"]

/// Rooms where `unsafe` may stand: the one that meets the kernel, and the one comparison of bytes that
/// a measurement pays for.
private let mayBeUnsafe: Set = ["Sockets", "Wire"]

/// Rooms without sockets, clocks, threads, chance, environment or files.
private let sansIO: Set = [
  "Wire", "Networks", "MockQwen", "ProxyUnderTest", "ProxyServing", "Inflate", "Judging",
]

private nonisolated var fileWords: Regex<Substring> {
  // Simple borders: by Unicode's there is none in `FileManager.default`.
  #/\b(?:FileManager|FileHandle|FileDescriptor)\b|\bcontentsOf: URL|\.write\(to:/#
    .wordBoundaryKind(.simple)
}

/// Only Terminal writes to the process's outputs: what the others have to say is a value.
private nonisolated var outputWords: Regex<Substring> {
  #/\b(?:debugPrint|print|fputs)\(|\bstandard(?:Output|Error)\b/#.wordBoundaryKind(.simple)
}

private nonisolated var worldWords: Regex<Substring> {
  #/\b(?:ContinuousClock|SuspendingClock|Date\(\)|SystemRandomNumberGenerator|ProcessInfo|Thread|Task|Mutex|getenv)\b/#
    .wordBoundaryKind(.simple)
}

@Suite struct RoomTests {
  @Test(arguments: Room.all)
  func keepsItsNevers(_ room: Room) throws {
    let files = try room.files()
    #expect(!files.isEmpty)
    for (path, code) in files { #expect(breaches(of: code, in: room) == [], "\(path)") }
  }

  /// A room's imports lead down only, so that they form no circle.
  @Test func seesOnlyRoomsBelow() {
    var below: Set<String> = ["SystemCalls"]
    for room in Room.all {
      #expect(room.sees.isSubset(of: below), "\(room.name)")
      below.insert(room.name)
    }
  }

  @Test func everyFileIsInARoom() throws {
    let all = FileManager.default.enumerator(atPath: Room.root.appending(path: "Sources").path)
    let files = all?.compactMap { $0 as? String }.filter { $0.hasSuffix(".swift") } ?? []
    let known = try Room.all.flatMap { try $0.files().map(\.path) }
    #expect(Set(files.map { "Sources/" + $0 }) == Set(known))
    #expect(files.count == known.count)
  }

  /// The manifest names every room's folder, and lets no room see what the table does not.
  @Test func theManifestIsTheTable() throws {
    let text = try String(
      contentsOf: Room.root.appending(path: "Package.swift"), encoding: .utf8)
    let target = #/(?s)\.(?:target|executableTarget)\(\s*name: "(\w+)"(.*?)swiftSettings/#
    var seen: Set<String> = []
    for match in text.matches(of: target) {
      guard let room = Room.all.first(where: { $0.name == match.output.1 }) else { continue }
      seen.insert(room.name)
      let list = match.output.2.firstMatch(of: #/(?s)dependencies: \[(.*?)\]/#)?.output.1 ?? ""
      let names = Set(list.matches(of: #/"(\w+)"/#).map { String($0.output.1) })
      #expect(names.isSubset(of: room.sees), "\(room.name) sees \(names.subtracting(room.sees))")
    }
    #expect(seen == Room.names)
  }

  /// Code that breaks a never, and in which room.
  @Test(arguments: [
    ("Judging", "internal import ProxyUnderTest", "ProxyUnderTest"),
    ("Judging", "package import Stages", "Stages"),
    ("ProxyUnderTest", "import MockQwen", "MockQwen"),
    ("ProxyServing", "internal import Sockets", "Sockets"),
    ("ProxyServing", "@testable import Trials", "Trials"),
    ("MockQwen", "internal import ProxyUnderTest", "ProxyUnderTest"),
    ("Stages", "internal import Glibc", "Glibc"),
    ("Trials", "internal import SystemCalls", "SystemCalls"),
    ("Stages", "let all = FileManager.default", "FileManager"),
    ("Canaries", "try Data(contentsOf: URL(filePath: path))", "contentsOf: URL"),
    ("Wire", "let now = ContinuousClock.now", "ContinuousClock"),
    ("Networks", "Task { }", "Task"),
    ("Judging", "extension Judge: @unchecked Sendable {}", "unchecked"),
    ("ReplayTesting", "print(verdict)", "print("),
    ("ReplayTesting", "package import Commands", "Commands"),
    ("Trials", "let first = unsafe pointer[0]", "unsafe"),
  ])
  func aBrokenNeverIsSeen(_ name: String, _ code: String, _ breach: String) throws {
    let room = try #require(Room.all.first { $0.name == name })
    #expect(breaches(of: code, in: room) == [breach])
    #expect(breaches(of: Room.code(of: "  // " + code), in: room) == [])
  }
}
