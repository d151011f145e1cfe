// The copy of the package in which the mutants live, built once for all of them. The copy lies in
// .build/mutants and is written anew each time; only files that have changed are touched, so that a
// second build is short.

import Foundation

/// A file with mutants.
struct MutatedFile {
  var path: String
  var module: String
  var source: [UInt8]
}

struct PackageCopy {
  let root: String
  let folder: String
  static let modules = [
    (name: "Wire", path: "Sources/Wire"), (name: "ProxyUnderTest", path: "Sources/ProxyUnderTest/Core"),
  ]

  private var files: [MutatedFile] = []
  private(set) var mutants: [Mutant] = []
  /// How many of the mutants that the rules have made do not compile.
  private(set) var refusedCount = 0

  init(root: String) throws {
    self.root = root
    folder = root + "/.build/mutants"
    for module in Self.modules {
      let names = try FileManager.default.subpathsOfDirectory(atPath: "\(root)/\(module.path)")
      for name in names.filter({ $0.hasSuffix(".swift") }).sorted() {
        let path = "\(module.path)/\(name)"
        let source = try Data(contentsOf: URL(fileURLWithPath: "\(root)/\(path)"))
        files.append(MutatedFile(path: path, module: module.name, source: Array(source)))
        mutants += MutantFinder(file: path, source: String(decoding: source, as: UTF8.self)).mutants
      }
    }
    nameOccurrences()
  }

  private mutating func nameOccurrences() {
    var seen: [String: Int] = [:]
    for index in mutants.indices {
      mutants[index].number = index
      let count = seen[mutants[index].key, default: 0] + 1
      seen[mutants[index].key] = count
      mutants[index].occurrence = count
    }
  }

  /// Writes the copy, and leaves out the mutants that do not compile.
  mutating func write() throws {
    // Files that are gone must not stay; those with mutants are written below.
    try run(
      "mkdir -p '\(folder)' && cd '\(root)' && rm -rf '\(folder)/Tests' '\(folder)/Sources' && "
        + "cp -pR Package.swift Sources Tests '\(folder)/'")
    try run("cp '\(root)/.ci/mutation/Switch.txt' '\(folder)/Sources/Wire/Mutant.swift'")
    let made = mutants.count
    // Which mutants do not compile is found out once for each: a round takes the compiler's time.
    let memory = folder + "/refused"
    let known = (try? String(contentsOfFile: memory, encoding: .utf8)) ?? ""
    var refused = Set(known.split(separator: "\n").map(String.init))
    mutants.removeAll { refused.contains($0.key) }
    for round in 1... {
      for file in files { try write(file) }
      let faults = try complaints()
      if faults.isEmpty { break }
      let dropped = drop(faults, wholeLines: round > 4)
      guard !dropped.isEmpty else { throw Stop("the copy does not compile: \(faults[0].text)") }
      refused.formUnion(dropped.map(\.key))
      try refused.sorted().joined(separator: "\n").write(
        toFile: memory, atomically: true, encoding: .utf8)
    }
    refusedCount = made - mutants.count
  }

  private func write(_ file: MutatedFile) throws {
    let bytes = text(of: file).bytes
    let url = URL(fileURLWithPath: "\(folder)/\(file.path)")
    if let known = try? Data(contentsOf: url), Array(known) == bytes { return }
    try Data(bytes).write(to: url)
  }

  /// The text of a file with its mutants, and where the words of each begin in it.
  private func text(of file: MutatedFile) -> (bytes: [UInt8], starts: [(offset: Int, mutant: Int)]) {
    var insertions: [(offset: Int, rank: Int, order: Int, text: String, mutant: Int)] = []
    for mutant in mutants where mutant.file == file.path {
      for one in mutant.insertions {
        let text = one.text.replacingOccurrences(of: "#", with: String(mutant.number))
        insertions.append((one.offset, one.rank, insertions.count, text, mutant.number))
      }
    }
    // What begins at an offset goes from the outside in, what ends there from the inside out.
    insertions.sort { ($0.offset, $0.rank, $0.order) < ($1.offset, $1.rank, $1.order) }
    var bytes: [UInt8] = []
    var starts: [(offset: Int, mutant: Int)] = []
    var from = 0
    for one in insertions {
      bytes += file.source[from..<one.offset]
      starts.append((bytes.count, one.mutant))
      bytes += Array(one.text.utf8)
      from = one.offset
    }
    bytes += file.source[from...]
    if file.module != "Wire", !String(decoding: file.source, as: UTF8.self).contains("import Wire\n") {
      bytes += Array("\ninternal import Wire\n".utf8)
    }
    return (bytes, starts)
  }

  private struct Complaint {
    var path: String
    var line: Int
    var column: Int
    var text: String
  }

  /// What the compiler says against the copy.
  private func complaints() throws -> [Complaint] {
    let flags =
      "-package-name replay -swift-version 6 -parse-as-library -suppress-warnings "
      + ["ExistentialAny", "InternalImportsByDefault", "MemberImportVisibility",
        "NonisolatedNonsendingByDefault", "InferIsolatedConformances",
      ].map { "-enable-upcoming-feature \($0)" }.joined(separator: " ")
    var found: [Complaint] = []
    for module in Self.modules {
      let text = try run(
        "cd '\(folder)' && files=$(find \(module.path) -name '*.swift' | sort) && swiftc \(flags) "
          + "-module-name \(module.name) -wmo -typecheck -I .modules $files 2>&1 && swiftc \(flags) "
          + "-module-name \(module.name) -wmo -emit-module -emit-module-path "
          + ".modules/\(module.name).swiftmodule -I .modules $files 2>&1; true",
        making: [".modules"])
      for line in text.split(separator: "\n") where line.contains(": error: ") {
        let parts = line.split(separator: ":", maxSplits: 3)
        guard parts.count == 4, let number = Int(parts[1]), let column = Int(parts[2]),
          let start = parts[0].range(of: "Sources/")?.lowerBound
        else { continue }
        found.append(
          Complaint(
            path: String(parts[0][start...]), line: number, column: column, text: String(line)))
      }
      if !found.isEmpty { break }
      if text.contains("error:") { throw Stop(text) }
    }
    return found
  }

  /// Leaves out the mutant nearest to each complaint, or all on its line.
  private mutating func drop(_ complaints: [Complaint], wholeLines: Bool) -> [Mutant] {
    var dropped: Set<Int> = []
    for file in files {
      let own = complaints.filter { $0.path == file.path }
      guard !own.isEmpty else { continue }
      let (bytes, starts) = text(of: file)
      var lineStarts = [0]
      for (index, byte) in bytes.enumerated() where byte == 0x0A { lineStarts.append(index + 1) }
      for complaint in own {
        if wholeLines {
          let line = complaint.line
          dropped.formUnion(
            mutants.filter { $0.file == file.path && $0.line == line }.map(\.number))
        }
        let place = lineStarts[min(complaint.line, lineStarts.count) - 1] + complaint.column
        if let near = starts.min(by: { abs($0.offset - place) < abs($1.offset - place) }) {
          dropped.insert(near.mutant)
        }
      }
    }
    let gone = mutants.filter { dropped.contains($0.number) }
    mutants.removeAll { dropped.contains($0.number) }
    return gone
  }

  /// Builds the copy; the path of the program.
  func build() throws -> String {
    try run("cd '\(folder)' && swift build -c release --product replay 2>&1 | tail -n 5")
    let path = try run("cd '\(folder)' && swift build -c release --show-bin-path").trimmingCharacters(
      in: .whitespacesAndNewlines)
    guard FileManager.default.isExecutableFile(atPath: path + "/replay") else {
      throw Stop("the copy in \(folder) could not be built")
    }
    return path + "/replay"
  }

  @discardableResult
  private func run(_ command: String, making folders: [String] = []) throws -> String {
    for name in folders {
      try FileManager.default.createDirectory(
        atPath: "\(folder)/\(name)", withIntermediateDirectories: true)
    }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/bash")
    process.arguments = ["-o", "pipefail", "-c", command]
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    let text = String(decoding: data, as: UTF8.self)
    guard process.terminationStatus == 0 else { throw Stop("failed: \(command)\n\(text)") }
    return text
  }
}

/// Why the run ends.
struct Stop: Error, CustomStringConvertible {
  var description: String
  init(_ text: String) { description = text }
}
