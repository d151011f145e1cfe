// Makes mutants of the proxy core, runs the harness on each, and says which it has noticed.

import Dispatch
import Foundation

struct Order {
  var sample: Int?
  var seed: UInt64 = 1
  var cases = 200_000
  var jobs = ProcessInfo.processInfo.activeProcessorCount
  var only: String?
  var numbers: Set<Int>?
  var listsOnly = false
  var isQuick = false
}

func order(_ words: [String]) throws -> (root: String, order: Order) {
  var order = Order()
  var words = words.makeIterator()
  guard let root = words.next() else { throw Stop("usage: .ci/mutants [OPTIONS]") }
  func number(_ name: String) throws -> Int {
    guard let text = words.next(), let value = Int(text), value >= 0 else {
      throw Stop("\(name) takes a number")
    }
    return value
  }
  while let word = words.next() {
    switch word {
    case "--sample": order.sample = try number(word)
    case "--seed": order.seed = UInt64(try number(word))
    case "--cases": order.cases = try number(word)
    case "--jobs": order.jobs = max(try number(word), 1)
    case "--mutant": order.numbers = (order.numbers ?? []).union([try number(word)])
    case "--file": order.only = words.next()
    case "--quick": order.isQuick = true
    case "--list": order.listsOnly = true
    default: throw Stop("unknown option \(word); .ci/mutants --help lists them")
    }
  }
  return (root, order)
}

/// The next number of a splitmix64 generator.
func next(_ state: inout UInt64) -> UInt64 {
  state &+= 0x9E37_79B9_7F4A_7C15
  var mixed = state
  mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
  mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
  return mixed ^ (mixed >> 31)
}

/// The reasons why mutants change nothing that anybody can observe, by their key.
func equivalents(_ path: String) -> [String: String] {
  let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
  var known: [String: String] = [:]
  for line in text.split(separator: "\n") where !line.hasPrefix("#") {
    guard let mark = line.range(of: " => ", options: .backwards) else { continue }
    known[String(line[..<mark.lowerBound])] = String(line[mark.upperBound...])
  }
  return known
}

/// The mutants that are run: all, those of a file or with a number, or a sample.
func chosen(_ mutants: [Mutant], _ order: Order) -> [Mutant] {
  var chosen = mutants.filter { mutant in
    order.only.map { mutant.file.hasSuffix($0) } ?? true
      && order.numbers.map { $0.contains(mutant.number) } ?? true
  }
  guard let sample = order.sample, sample < chosen.count else { return chosen }
  var state = order.seed
  for index in 0..<sample {
    chosen.swapAt(index, index + Int(next(&state) % UInt64(chosen.count - index)))
  }
  // In the order of the draw, so that a run that is interrupted is a sample too.
  return Array(chosen[..<sample])
}

func run() throws -> Int32 {
  let (root, order) = try order(Array(CommandLine.arguments.dropFirst()))
  setvbuf(stdout, nil, _IOLBF, 0)
  var copy = try PackageCopy(root: root)
  try copy.write()
  print("\(copy.mutants.count) mutants; \(copy.refusedCount) more do not compile")
  if order.listsOnly {
    for mutant in chosen(copy.mutants, order) { print("\(mutant.number)\t\(mutant.line)\t\(mutant.key)") }
    return 0
  }
  let folder = copy.folder + "/run"
  try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  print("building them, for release")
  let program = try copy.build()
  print("the harness without a mutant:")
  var harness = Harness(program: program, root: root, folder: folder, cases: order.cases, isQuick: order.isQuick)
  try harness.measure()
  let known = equivalents(root + "/.ci/mutants.equivalent")
  let mutants = chosen(copy.mutants, order)
  print("\(mutants.count) mutants\(order.sample == nil ? "" : ", a sample of seed \(order.seed)"):")
  nonisolated(unsafe) var results = Results()
  let lock = NSLock()
  let queue = OperationQueue()
  queue.maxConcurrentOperationCount = order.jobs
  let measured = harness
  nonisolated(unsafe) var collected: [(Mutant, Fate)] = []
  // Ctrl-C and SIGTERM print the sums of what was done.
  let stops = [SIGINT, SIGTERM].map { number in
    signal(number, SIG_IGN)
    let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
    source.setEventHandler {
      lock.withLock {
        for (mutant, fate) in collected { results.add(mutant, fate) }
        print("\ninterrupted: \(collected.count) of \(mutants.count)\n\(results.table)")
        exit(2)
      }
    }
    source.resume()
    return source
  }
  defer { for source in stops { source.cancel() } }
  for mutant in mutants {
    queue.addOperation {
      let fate = known[mutant.key].map { Fate.equivalent(reason: $0) } ?? measured.fate(of: mutant.number)
      lock.withLock {
        collected.append((mutant, fate))
        if fate == .survived || fate == .neverReached {
          print("\(fate == .survived ? "survived     " : "never reached") \(mutant.number) line \(mutant.line): \(mutant.key)")
        }
      }
    }
  }
  queue.waitUntilAllOperationsAreFinished()
  for (mutant, fate) in collected { results.add(mutant, fate) }
  print("")
  print(results.table)
  let isEnough = results.isEnough(
    isSample: order.sample != nil || order.only != nil || order.numbers != nil)
  if !isEnough { print("FAILED: too few are noticed") }
  return isEnough ? 0 : 1
}

do {
  exit(try run())
} catch {
  FileHandle.standardError.write(Data("mutants: \(error)\n".utf8))
  exit(2)
}
