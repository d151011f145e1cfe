// A session as the second scan reads it: each part as bytes, then the joined JSON strings of its
// payloads, then the same with base64 and percent-encoding decoded. Reading is slow and plain, with the
// judge's reader and Foundation's, and none of redaction's code.

internal import Foundation
internal import Judging
package import MockQwen
internal import Wire

/// Something in a session that looks like a secret.
package struct Suspect: Hashable, Sendable {
  package enum Part: Hashable, Sendable {
    case requestHead, requestBody, responseHead
    /// In the response body, at about this byte offset.
    case body(Int)
  }

  package var part: Part
  package var suspect: SuspectText
}

extension Session {
  /// What looks like a secret anywhere in the session.
  package var suspects: [Suspect] {
    var list: [Suspect] = []
    func scan(_ text: [UInt8], _ part: (Int) -> Suspect.Part) {
      list += SecretScan.suspects(in: text).map { Suspect(part: part($0.offset), suspect: $0) }
      for (start, decoded) in decodings(of: text) {
        list += SecretScan.suspects(in: decoded).map { Suspect(part: part(start), suspect: $0) }
      }
    }
    scan(Array(request.target.utf8)) { _ in .requestHead }
    for field in request.fields.list {
      scan(Array("\(field.name): \(field.value)".utf8)) { _ in .requestHead }
    }
    scan(Array(response.reason.utf8)) { _ in .responseHead }
    for field in response.fields.list where !field.isNamed("Set-Cookie") || !field.value.isEmpty {
      scan(Array("\(field.name): \(field.value)".utf8)) { _ in .responseHead }
    }
    scan(request.body) { _ in .requestBody }
    for told in ToldText.all(in: request.body) { scan(told.text) { _ in .requestBody } }
    scan(body) { .body($0) }
    for told in ToldText.all(in: body) { scan(told.text) { .body(told.place(of: $0)) } }
    return list
  }
}

/// Decoded texts in `text`, and where they begin.
private func decodings(of text: [UInt8]) -> [(start: Int, text: [UInt8])] {
  var list: [(start: Int, text: [UInt8])] = []
  if text.contains(UInt8(ascii: "%")),
    let plain = String(decoding: text, as: UTF8.self).removingPercentEncoding,
    !plain.utf8.elementsEqual(text)
  {
    list.append((0, Array(plain.utf8)))
  }
  for run in text.split(whereSeparator: { byte in
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: false
    default: !"+/-_".utf8.contains(byte)
    }
  }) where run.count >= 16 {
    let digits = String(decoding: run, as: UTF8.self).replacingOccurrences(of: "-", with: "+")
      .replacingOccurrences(of: "_", with: "/")
    let padding = String(repeating: "=", count: (4 - digits.utf8.count % 4) % 4)
    guard let data = Data(base64Encoded: digits + padding), data.allSatisfy({ 0x09...0x7E ~= $0 })
    else {
      continue
    }
    list.append((run.startIndex, Array(data)))
  }
  return list
}

/// The joined strings at one place of a body's payloads.
private struct ToldText {
  var text: [UInt8] = []
  /// Where each payload's share begins in the text, and where the payload begins in the body.
  private var starts: [(text: Int, body: Int)] = []
  private var last = ""

  func place(of offset: Int) -> Int { starts.last { $0.text <= offset }?.body ?? 0 }

  /// The texts of all places, in a fixed order.
  static func all(in body: [UInt8]) -> [ToldText] {
    var told: [String: ToldText] = [:]
    for (start, payload) in payloads(of: body) {
      guard
        let value = try? JSONSerialization.jsonObject(
          with: Data(payload), options: .fragmentsAllowed)
      else {
        told["", default: ToldText()].add(payload, start)
        continue
      }
      collect(value, "", start, &told)
    }
    return told.sorted { $0.key < $1.key }.map(\.value)
  }

  /// Begins with the name of the place, which gives the text its topic.
  private init(_ name: String = "") { text = name.isEmpty ? [] : Array("\(name): ".utf8) }

  /// Adds the text of a payload; a repeated one (an id in each event) only once.
  private mutating func add(_ piece: String, _ start: Int) {
    guard piece != last || piece.utf8.count < 8 else { return }
    last = piece
    add(Array(piece.utf8), start)
  }

  private mutating func add(_ bytes: [UInt8], _ start: Int) {
    starts.append((text.count, start))
    text += bytes
  }

  private static func payloads(of body: [UInt8]) -> [(start: Int, payload: [UInt8])] {
    let blocks = ReferenceReader.blocks(in: body).filter { $0.event != nil }
    if !blocks.isEmpty {
      return blocks.compactMap { block in block.event.map { (block.range.lowerBound, $0.data) } }
    }
    if (try? JSONSerialization.jsonObject(with: Data(body))) != nil { return [(0, body)] }
    return body.split(separator: 0x0A).map { ($0.startIndex, Array($0)) }
  }

  private static func collect(
    _ value: Any, _ path: String, _ start: Int, _ told: inout [String: ToldText]
  ) {
    switch value {
    case let text as String:
      let name = path.split(separator: ".").filter { $0 != "[]" }.suffix(2).joined(separator: "_")
      told[path, default: ToldText(name)].add(text, start)
      // The name again, before each value.
      told[path + "=", default: ToldText()].add("\n\(name): \(text)", start)
      if let inner = try? JSONSerialization.jsonObject(with: Data(text.utf8)) {
        collect(inner, path + ".inner", start, &told)
      }
    case let object as [String: Any]:
      let index = (object["index"] as? Int).map { "#\($0)" } ?? ""
      if let name = object["name"] as? String, let value = object["value"] as? String {
        told[path + "=", default: ToldText()].add("\n\(name): \(value)", start)
      }
      for (name, value) in object.sorted(by: { $0.key < $1.key }) {
        collect(value, path + index + "." + name, start, &told)
      }
    case let list as [Any]:
      let bytes = list.compactMap { ($0 as? Int).flatMap { UInt8(exactly: $0) } }
      if bytes.count == list.count, !list.isEmpty {
        told[path, default: ToldText()].add(bytes, start)
      }
      for value in list { collect(value, path + ".[]", start, &told) }
    default: break
    }
  }
}
