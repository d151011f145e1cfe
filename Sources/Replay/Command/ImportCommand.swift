// `replay import`.

internal import Foundation
internal import MockQwen
internal import ProxyUnderTest
internal import Recordings
internal import Terminal
internal import Trials
internal import Wire

/// Makes recordings of what other tools have written down.
struct ImportCommand: Command {
  static let name = "import"
  static let summary = "make recordings of .sse, HAR, VCR, curl --trace and JSON lines files"
  static let help = """
    replay import turns sessions that other tools have written down into recordings.

    Usage: replay import FILE … [--out DIR] [--format WORD] [--redact REGEX] [--no-redact]

    What a file is is told by what is in it, or by --format:

      sse     the body of an event stream
      trace   curl --trace FILE --trace-time, every byte; or curl --trace-ascii, in which what is
              not ASCII is lost
      har     an HTTP archive; times of chunks and of event source messages are kept
      vcr     a VCR cassette in JSON
      lines   one JSON payload a line; each becomes an event

      --out DIR        the folder (recordings); made if it is not there
      --redact REGEX   redact what matches as well (may be repeated)
      --no-redact      write secrets as they are

    Secrets are redacted as replay record does it. Files get the name of FILE, with a number behind it
    for each further session; nothing is overwritten.

    Exit codes: 0 all imported, 2 a file cannot be read or is none of these.
    """

  static func run(_ arguments: inout Arguments, _ context: Context) async throws -> Int32 {
    let folder = try arguments.option("--out") ?? "recordings"
    let formats = try arguments.choices("--format", ImportKind.self) ?? []
    let redactsNothing = arguments.flag("--no-redact")
    let redactor = try Redactor(patterns: arguments.options("--redact"))
    let files = try arguments.rest()
    guard !files.isEmpty else { throw UsageError("import takes a file") }
    guard formats.count <= 1 else { throw UsageError("--format takes one word") }
    // Everything is read before anything is written.
    let imported = try files.map { file in
      let bytes = try fileBytes(file)
      guard let kind = formats.first ?? ImportKind(of: bytes, file: file) else {
        throw UsageError("\(file) is none of sse, trace, har, vcr, lines; --format says which")
      }
      let name = URL(fileURLWithPath: file).deletingPathExtension().lastPathComponent
      return (
        name: name, recordings: try importedRecordings(bytes, file: file, kind: kind, name: name)
      )
    }
    let shelf = try RecordingFolder(folder)
    for (name, recordings) in imported {
      for var recording in recordings {
        if !redactsNothing { redactor.redact(&recording.session) }
        let path = try shelf.add(recording.written(), name: name)
        context.console.write("\(path): \(recordingSummary(recording))")
      }
    }
    return 0
  }
}

/// The bytes of a file that the user named. Throws `UsageError`.
func fileBytes(_ file: String) throws -> [UInt8] {
  do {
    return Array(try Data(contentsOf: URL(fileURLWithPath: file)))
  } catch {
    throw UsageError("\(file): \(reason(error))")
  }
}
