// The tables of docs/grid.md and docs/performance.md are the program's: each row is read back into the
// figures that it shows, and what the program writes of them is the row again. So a column, a word or a
// measurement that is renamed, added or dropped shows here, though nothing is measured.

import Foundation
import Judging
import TestSupport
import Testing

@testable import Commands
@testable import Terminal
@testable import Trials

private let project = URL(fileURLWithPath: Fixtures.recordings).deletingLastPathComponent().path

/// The cells of a table in Markdown, header first; what stands above it is left out.
private func cells(of text: String) -> [[String]] {
  let lines = text.split(separator: "\n").filter { $0.hasPrefix("|") }
  return lines.enumerated().filter { $0.offset != 1 }.map { _, line in
    line.dropFirst(2).dropLast(2).components(separatedBy: " | ")
  }
}

@Suite struct GridPageTests {
  static let page = Result { try MarkedPage(project + "/docs/grid.md", for: "replay grid") }

  /// The breach that a cell's word stands for, in a column of these checks.
  private static func breach(_ word: String, of column: String) -> String {
    let isCheck = Check.allCases.contains { $0.rawValue == word }
    let group = ["keeps": "blocks", "time": "progress", "end": "end", "survives": "liveness"]
    return isCheck ? "\(word) WRONG" : "\(group[column]!) \(word.uppercased())"
  }

  /// The parts of a row's sentence.
  private static func clauses(_ row: [String]) -> [String] {
    row[9].components(separatedBy: ", ").flatMap { $0.components(separatedBy: " and ") }
  }

  /// The figures that a row shows.
  static func column(_ row: [String]) throws -> GridReport.Column {
    var words = Arguments(["--launch", "x", "--compare", row[2]])
    let settings = try #require(try TargetSettings(&words))
    let target = GridFile.Target(name: row[0], settings: settings, version: nil, needs: [])
    var column = GridReport.Column(
      target: target, version: row[1] == "–" ? "" : row[1], known: [], result: .skipped(row[9]))
    guard row[8] != "skipped" else { return column }
    var breaches: [String: Int] = [:]
    for (place, name) in [(3, "keeps"), (4, "time"), (5, "end"), (6, "survives")] {
      guard let found = row[place].wholeMatch(of: /no: (.+), ([0-9]+) plans?/) else { continue }
      breaches[breach(String(found.1), of: name)] = Int(found.2)
    }
    for clause in GridReport.Column.clauses where clauses(row).contains(clause.words) {
      guard !breaches.keys.contains(where: { $0.hasPrefix(clause.prefix) }) else { continue }
      breaches[clause.prefix.contains(" ") ? clause.prefix : clause.prefix + " WRONG"] = 1
    }
    var figures = TargetFigures()
    for (breach, count) in breaches {
      figures.ways[KnownFailure(recording: "r", breach: breach, under: "")] = count
    }
    if let delay = row[4].wholeMatch(of: /yes, \+([0-9]+)\.([0-9]) ms/) {
      figures.notes.delays = Delays([Int(delay.1)! * 1_000 + Int(delay.2)! * 100])
    }
    if let count = row[7].wholeMatch(of: /no: ([0-9]+) plans? now and then/) {
      let rate = Rate(failed: 1, runs: 2)
      figures.notes.intermittent = Array(
        repeating: IntermittentFailure(recording: "r", plan: "p", what: "w", rate: rate),
        count: Int(count.1)!)
    }
    var stage = StageResult(stage: .target)
    if let plans = row[8].wholeMatch(of: /([0-9]+) of ([0-9]+) plans? fails?/) {
      (stage.failureCount, stage.planCount) = (Int(plans.1)!, Int(plans.2)!)
    }
    if let known = row[8].wholeMatch(of: /([0-9]+) plans? fails?, as known/) {
      figures.knownCount = Int(known.1)!
      column.known = Set(figures.ways.keys)
    }
    stage.target = figures
    let part = RunReport.Part(
      path: "r", name: "r", eventCount: 0, byteCount: 0, stages: [stage], seconds: 0)
    column.result = .ran(
      RunReport(
        subject: "", plans: "quick", stages: [.target], seed: 1, parts: [part], seconds: 0))
    return column
  }

  static func report(_ columns: [GridReport.Column]) async throws -> GridReport {
    let file = try await GridFileTests.read(
      #"{"schema":"qwen-replay.grid.v1","recordings":["r"],"targets":[{"name":"a","launch":"x"}]}"#)
    return GridReport(file: file, columns: columns, seconds: 0)
  }

  /// What breaches that no cell and no word of a row shows can add to its harm: a cell shows the worst of
  /// its group, and a sentence has three clauses at most.
  private static func hiddenHarm(_ row: [String]) -> Int {
    clauses(row).count < 3 ? 0 : .max / 2
  }

  @Test func theTableIsWhatTheProgramWrites() async throws {
    let text = try Self.page.get().text
    let rows = cells(of: text)
    #expect(rows.first == GridReport.header)
    #expect(rows.count > 15)
    let columns = try rows.dropFirst().map(Self.column)
    // Row by row, for the harm of some is not all told.
    for (column, row) in zip(columns, rows.dropFirst()) {
      let written = try await Self.report([column]).table.markdown
      #expect(cells(of: written).last == row)
    }
    let report = try await Self.report(columns)
    let lines = text.split(separator: "\n").prefix(2)
    #expect(lines.first.map(String.init) == report.headline + ".")
    // As a whole it differs from the program's in the order at most.
    #expect(
      text.split(separator: "\n").sorted() == report.pageText.split(separator: "\n").sorted())
  }

  @Test func theMostHarmfulStandFirst() throws {
    let rows = Array(cells(of: try Self.page.get().text).dropFirst())
    let harms = try rows.map { try (least: Self.column($0).harm, more: Self.hiddenHarm($0)) }
    for (upper, lower) in zip(harms.indices, harms.indices.dropFirst()) {
      #expect(
        harms[upper].least + harms[upper].more >= harms[lower].least,
        "\(rows[upper][0]) stands above \(rows[lower][0])")
    }
    #expect(harms.last?.least == 0)
  }

  /// The proxies of the table are those of the file that is measured.
  @Test func theProxiesAreThoseOfTheGrid() throws {
    let known = try GridFile.read(Fixtures.folder + "/grid.json").targets.map(\.name)
    let rows = cells(of: try Self.page.get().text).dropFirst().map { $0[0] }
    #expect(rows.sorted() == known.sorted())
  }

  /// A row that is not the program's is seen.
  @Test(arguments: [
    (3, "no: lost, 1 plans"), (4, "yes, 3 ms"), (5, "no"), (7, "sometimes"), (8, "passed"),
    (9, "loses an event"),
  ])
  func anotherWordIsSeen(_ place: Int, _ word: String) async throws {
    var row = try #require(cells(of: try Self.page.get().text).last)
    row[place] = word
    let written = try await Self.report([Self.column(row)]).table.markdown
    #expect(cells(of: written).last != row)
  }
}

@Suite struct PerformancePageTests {
  private static func table(of command: String) throws -> String {
    try MarkedPage(project + "/docs/performance.md", for: command).text
  }

  @Test func theSpeedsAreThoseThatAreMeasured() throws {
    let text = try Self.table(of: "replay bench")
    let rows = cells(of: text).dropFirst()
    #expect(rows.map { $0[0] } == SpeedItem.all.map(\.name))
    let figures = try zip(rows, SpeedItem.all).map { row, item in
      let parts = try #require(
        row[1].wholeMatch(of: /([0-9]+) [^ ]+(?: \(median ([0-9]+)\))?/), "\(row)")
      return SpeedFigure(item: item, best: Int(parts.1), median: parts.2.flatMap { Int($0) })
    }
    #expect(SpeedFigure.table(figures).markdown == text)
    // The best is not below the median, and only what is measured once has none.
    for figure in figures {
      #expect((figure.median == nil) == (figure.item == .memory))
      #expect(figure.median ?? 0 <= figure.best ?? 0, "\(figure.line)")
    }
  }

  @Test func theFlowsAreThoseThatArePlayed() throws {
    let text = try Self.table(of: "replay bench --flow")
    func number(_ word: Substring) -> Int? { Int(word.filter(\.isNumber)) }
    func microseconds(_ word: Substring) -> Int? { number(word).map { $0 * 100 } }
    let crowdForm =
      #/([0-9,]+) streams with ([0-9]+) events/s each, for ([0-9]+) s \| (none|[0-9,]+) of .* events lost, (none|[0-9,]+) later than .* ms; median ([0-9.]+) ms, 99th percentile ([0-9.]+) ms/#
    let crowd = try #require(text.firstMatch(of: crowdForm)).output
    var figures = FlowFigures(
      crowd: .init(
        streams: try #require(number(crowd.1)), rate: try #require(number(crowd.2)),
        seconds: try #require(number(crowd.3))),
      slow: .init(streams: 1, seconds: 10), leaving: [])
    (figures.crowd.lost, figures.crowd.late) = (number(crowd.4) ?? 0, number(crowd.5) ?? 0)
    figures.crowd.delays = Delays(
      [try #require(microseconds(crowd.6)), try #require(microseconds(crowd.7))].flatMap {
        Array(repeating: $0, count: 2)
      }.dropLast())
    let cost = try #require(text.firstMatch(of: /([0-9]+) % of a core, ([0-9]+) MiB/)).output
    figures.crowd.busyPercent = number(cost.1)
    figures.crowd.kibibytes = number(cost.2).map { $0 * 1_024 }
    let slow = try #require(
      text.firstMatch(of: /([0-9]+) streams whose [^|]*\| ([0-9]+) KiB[^,|]*, the upstream (.*) \|/)
    ).output
    figures.slow = .init(streams: try #require(number(slow.1)), seconds: 10)
    figures.slow.kibibytes = number(slow.2).map { $0 * figures.slow.streams }
    figures.slow.sentLateBytes = slow.3 == "waits" ? 0 : .max
    let leaving = try #require(text.firstMatch(of: /closed after ([0-9.]+) ms/)).output
    figures.leaving = [
      .init(
        isInStream: false, resets: false, delays: Delays([try #require(microseconds(leaving.1))]))
    ]
    #expect(figures.table.markdown == text)
    // What it says is what was promised of the proxy.
    #expect(figures.crowd.lost == 0 && figures.slow.upstreamWaits)
  }

  @Test func anUpstreamThatNeverWaitsIsSaid() {
    var slow = FlowFigures.SlowClients(streams: 2, seconds: 10)
    (slow.readBytes, slow.sentLateBytes) = (20_000, 20_000 + 2 * 65_536)
    #expect(slow.upstreamWaits)
    slow.sentLateBytes += 1
    #expect(!slow.upstreamWaits)
    let figures = FlowFigures(
      crowd: .init(streams: 1_000, rate: 20, seconds: 10, lost: 3), slow: slow, leaving: [])
    #expect(figures.table.markdown.contains("the upstream does not wait"))
    #expect(figures.table.markdown.contains("3 of 200,000 events lost"))
  }
}

@Suite struct MarkedPageTests {
  private static let page = """
    # A page

    <!-- table of: replay bench -->

    | old |

    <!-- end of table -->

    Words.

    <!-- table of: replay bench --flow -->
    <!-- end of table -->

    """

  @Test func onlyTheNamedPlaceIsWritten() async throws {
    try await withTemporaryFolder { folder in
      try put(Array(Self.page.utf8), "page.md", in: folder)
      let path = folder + "/page.md"
      let page = try MarkedPage(path, for: "replay bench --flow")
      #expect(page.text == "")
      try page.write("| new |")
      let written = try String(contentsOfFile: path, encoding: .utf8)
      let place = "<!-- table of: replay bench --flow -->\n"
      #expect(written == Self.page.replacing(place, with: place + "\n| new |\n\n"))
      #expect(try MarkedPage(path, for: "replay bench").text == "| old |")
      // Written anew it stays as it is.
      try MarkedPage(path, for: "replay bench --flow").write("| new |")
      #expect(try String(contentsOfFile: path, encoding: .utf8) == written)
    }
  }

  @Test func aPageWithoutThePlaceIsRefusedBeforeTheRun() async throws {
    try await withTemporaryFolder { folder in
      try put(Array(Self.page.utf8), "page.md", in: folder)
      let missing = #expect(throws: UsageError.self) {
        try MarkedPage(folder + "/page.md", for: "replay grid")
      }
      #expect(missing?.description.contains("has no line '<!-- table of: replay grid -->'") == true)
      #expect(throws: UsageError.self) { try MarkedPage(folder + "/none.md", for: "replay grid") }
    }
  }
}
