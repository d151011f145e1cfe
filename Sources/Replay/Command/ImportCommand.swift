// `replay import`.

internal import Foundation
internal import MockQwen
internal import ProxyUnderTest
internal import Recordings
internal import Terminal
internal import Trials
internal import Wire

/// Makes recordings from files of other tools.
struct ImportCommand: Command {
  static let name = "import"
  static let summary = "make recordings of HAR, VCR, curl and other tools' files"
  static let help = """
    replay import makes recordings from files of other tools.

    Usage: replay import FILE … [--out DIR] [--format WORD] [--redact REGEX] [--no-redact]

    The kind of a file is recognized by its content, or given by --format:

      sse       the body of an event stream
      trace     curl --trace FILE --trace-time, every byte; or curl --trace-ascii, in which
                characters outside ASCII are lost
      curl      the terminal output of curl -i or curl -v, with or without --raw
      har       an HTTP archive; times of chunks and of event source messages are kept
      vcr       a cassette of VCR, vcrpy, go-vcr or betamax, in JSON or YAML
      nock      a fixture of nock
      wiremock  mappings of WireMock
      ndjson    a body of one JSON value per line, kept as it is
      json      a body of one JSON value, kept as it is
      lines     one JSON payload per line; each becomes an event

      --out DIR        the folder (recordings); created if it does not exist
      --redact REGEX   also redact what matches (may be repeated)
      --no-redact      write secrets as they are

    Bodies are decoded from base64, hexadecimal digits, gzip and deflate. An entry that cannot
    be read reliably (its body is missing, cut, or coded with br or zstd) is skipped with the
    reason; nothing is guessed. Secrets are redacted as by replay record. Files get the name of
    FILE, followed by a number for each further session; no file is overwritten.

    Exit codes: 0 all imported, 1 an entry was skipped, 2 a file cannot be read or is of an unknown kind.
    """

  static func run(_ arguments: inout Arguments, _ context: Context) async throws -> Int32 {
    let folder = try arguments.option("--out") ?? "recordings"
    let formats = try arguments.choices("--format", ImportKind.self) ?? []
    let redactsNothing = arguments.flag("--no-redact")
    let redactor = try Redactor(patterns: arguments.options("--redact"))
    let files = try arguments.rest()
    guard !files.isEmpty else { throw UsageError("import takes a file") }
    guard formats.count <= 1 else { throw UsageError("--format takes one word") }
    var results: [(file: String, imported: Imported)] = []
    var failures: [String] = []
    for file in files {
      do {
        results.append((file, try imported(file, formats.first)))
      } catch let error as UsageError {
        failures.append(error.description)
      }
    }
    if results.contains(where: { !$0.imported.recordings.isEmpty }) {
      let shelf = try RecordingFolder(folder)
      for (file, imported) in results {
        for var recording in imported.recordings {
          let redacted =
            redactsNothing
            ? "not redacted" : Redactor.summary(of: redactor.redact(&recording.session))
          let path = try shelf.add(recording.written(), name: name(of: file))
          context.console.write("\(path): \(recordingSummary(recording)); \(redacted)")
        }
      }
    }
    for (file, imported) in results { tell(file, imported, context.console) }
    let skippedCount = results.reduce(0) { $0 + $1.imported.skipped.count }
    let count = results.reduce(0) { $0 + $1.imported.recordings.count }
    if files.count > 1 || skippedCount > 0 {
      context.console.warn("\(count) imported, \(skippedCount) skipped")
    }
    guard failures.isEmpty else {
      let others = files.count > 1 ? "\n\(results.count) of \(files.count) files were read" : ""
      throw UsageError(failures.joined(separator: "\n") + others)
    }
    return skippedCount == 0 ? 0 : 1
  }

  private static func name(of file: String) -> String {
    URL(fileURLWithPath: file).deletingPathExtension().lastPathComponent
  }

  private static func imported(_ file: String, _ format: ImportKind?) throws -> Imported {
    let bytes = try fileBytes(file)
    guard let kind = format ?? ImportKind(of: bytes, file: file) else {
      if let known = foreignName(bytes) { throw UsageError("\(file) is \(known)") }
      let kinds = ImportKind.allCases.map(\.rawValue).joined(separator: ", ")
      throw UsageError("\(file) is not one of \(kinds); --format says which")
    }
    return try importedSessions(bytes, file: file, kind: kind, name: name(of: file))
  }

  /// Reports what was imported and what was not.
  private static func tell(_ file: String, _ imported: Imported, _ console: Console) {
    for skipped in imported.skipped {
      console.warn("\(file): \(skipped.place) skipped: \(skipped.reason)")
    }
    for note in imported.notes { console.warn("warning: \(file): \(note)") }
    if imported.passedCount > 0 {
      let noun = imported.passedCount == 1 ? "entry is" : "entries are"
      console.warn("\(file): \(imported.passedCount) \(noun) not an answer of an API")
    }
  }
}
