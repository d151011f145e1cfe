// What a file is before its content is known: its compression and its character set, and the names of
// formats that are recognized but not read.

internal import Foundation
internal import Inflate

/// A file's bytes as UTF-8: decompressed when it is gzip, converted from UTF-16 when it has that byte
/// order mark, as some shells write it. Throws for malformed UTF-16, and for a file that grows too large.
func foreignText(_ bytes: [UInt8]) throws(ImportError) -> [UInt8] {
  if bytes.starts(with: [0x1F, 0x8B, 8]) {
    do {
      return try inflated(bytes, .gzip, limit: ImportLimits.standard.fileBytesMax)
    } catch {
      throw ImportError("it is gzip and cannot be unpacked: \(error)")
    }
  }
  let isLittle = bytes.starts(with: [0xFF, 0xFE])
  guard isLittle || bytes.starts(with: [0xFE, 0xFF]) else { return bytes }
  guard bytes.count % 2 == 0 else { throw ImportError("it is UTF-16 with half a character") }
  var units: [UInt16] = []
  for index in stride(from: 2, to: bytes.count, by: 2) {
    let (first, second) = (UInt16(bytes[index]), UInt16(bytes[index + 1]))
    units.append(isLittle ? second << 8 | first : first << 8 | second)
  }
  guard let text = String(validating: units, as: UTF16.self) else {
    throw ImportError("it is UTF-16 with half of a surrogate pair in it")
  }
  return Array(text.utf8)
}

/// A text without its byte order mark, which belongs to the file and not to its content.
func withoutMark(_ bytes: [UInt8]) -> [UInt8] {
  bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes.dropFirst(3)) : bytes
}

/// The name of a format that is recognized but not read, and what to do about it; nil for any other file.
package func foreignName(_ bytes: [UInt8]) -> String? {
  let marks: [([UInt8], String)] = [
    (
      Array("PK\u{3}\u{4}".utf8),
      "a zip archive (Fiddler's .saz, Playwright's trace); unpack it first"
    ),
    ([0x0A, 0x0D, 0x0D, 0x0A], "a packet capture (pcapng); export the answers as HAR"),
    ([0xD4, 0xC3, 0xB2, 0xA1], "a packet capture (pcap); export the answers as HAR"),
    ([0xA1, 0xB2, 0xC3, 0xD4], "a packet capture (pcap); export the answers as HAR"),
    ([0x28, 0xB5, 0x2F, 0xFD], "a zstd file; unpack it first"),
    (Array("SQLite format 3".utf8), "an SQLite database; export the answers as HAR"),
    (Array("bplist00".utf8), "a binary property list; export the answers as HAR"),
  ]
  if let mark = marks.first(where: { bytes.starts(with: $0.0) }) { return mark.1 }
  if let value = try? ForeignJSON.value(bytes) { return foreignName(of: value) }
  let line = Array(bytes.prefix { $0 != 0x0A })
  if line.count < bytes.count, line.first == UInt8(ascii: "{"),
    let value = try? ForeignJSON.value(line), let name = foreignName(of: value)
  {
    return name
  }
  let start = String(decoding: bytes.prefix(4_000), as: UTF8.self)
  if start.firstMatch(of: #/^\d+:\d+:[a-z]/#) != nil {
    return "a flow file of mitmproxy; export it with --set hardump=FILE"
  }
  if start.contains("<items burpVersion") { return "an export of Burp; save it as HAR" }
  if start.hasPrefix("<?xml") || start.hasPrefix("<!doctype") || start.hasPrefix("<!DOCTYPE")
    || start.hasPrefix("<html")
  {
    return "XML or HTML"
  }
  if start.contains("qwen-replay.recording.") { return "a recording already" }
  return nil
}

/// The same for a file of JSON.
func foreignName(of value: ForeignValue) -> String? {
  if value["format"]?.string?.hasPrefix("qwen-replay.") == true { return "a recording already" }
  if value["data"]?["pairs"] != nil { return "a simulation of Hoverfly; export HAR instead" }
  if value["info"] != nil, value["item"] != nil {
    return "a collection of Postman; save the answer alone, or export HAR"
  }
  if value["_type"]?.string == "export", value["resources"] != nil {
    return "an export of Insomnia; export it as HAR"
  }
  if value["openapi"] != nil || value["swagger"] != nil { return "a description of an interface" }
  if let first = value.list?.first, first["host"] != nil, first["request"]?["header"] != nil {
    return "a session file of Charles; export it as HAR"
  }
  return foreignTools.first { tool in tool.members.allSatisfy { value[$0] != nil } }?.name
}

/// Files of other tools that hold answers among other things, by members that only they have.
private let foreignTools: [(members: [String], name: String)] = [
  (["imposters"], "a configuration of Mountebank; export HAR instead"),
  (["consumer", "provider", "interactions"], "a contract of Pact; it holds examples, no answers"),
  (["resourceSpans"], "traces of OpenTelemetry; they hold no bodies as they came"),
  (["traceEvents"], "a trace of Chrome; export HAR from the network panel"),
  (["constants", "events", "polledData"], "a network log of Chrome; export HAR instead"),
  (["nbformat", "cells"], "a notebook"),
  (["_postman_variable_scope"], "an environment of Postman; it holds no answers"),
  (["endpointPrefix", "routes"], "an environment of Mockoon; export HAR instead"),
  (["custom_id", "response"], "a result of a batch; take the bodies out first"),
]
