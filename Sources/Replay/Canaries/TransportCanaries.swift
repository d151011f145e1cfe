// The canaries of family C, first part: when bytes leave, what heads say, and how bodies are framed.
// Most are the proxy core with a flaw at its edge: what it hears of the upstream is misread on the
// way in, or what it says is spoiled on the way out.

internal import Judging
internal import MockQwen
internal import ProxyServing
internal import ProxyUnderTest
internal import Recordings
internal import Sockets
internal import Trials
internal import Wire

private let two = "data: {\"a\":1}\n\ndata: {\"b\":2}\n\n"

/// An event stream in gzip, flushed behind each event.
private let coded: Trial = {
  var session = Trial.stream(two).session
  let pieces = two.split(separator: "\n\n").map { Array($0.utf8) + [0x0A, 0x0A] }
  (session.body, session.fragments) = gzip(pieces)
  session.response.fields.add("Content-Encoding", "gzip")
  return Trial(session: session, plan: Trial.stream(two, "cuts=recorded").plan)
}()

extension Canary {
  static let transportCanaries: [Canary] = [
    Canary("whole-body-buffering", EdgeCanary<WholeBody>.self, [.stream(two, "cuts=events")]),
    Canary("anti-buffer-headers", EdgeCanary<MayBuffer>.self, [.stream(two)]),
    Canary("gzip-buffering", EdgeCanary<Compressor>.self, [.stream(two, "cuts=events")]),
    Canary("gzip-upstream-not-decoded", CanaryProxy<CodedAsText>.self, [coded]),
    Canary("content-encoding-mismatch", CanaryProxy<DecodesBody>.self, [coded]),
    Canary(
      "content-length-kept", EdgeCanary<KeepsField<ContentLength>>.self,
      [.stream(two, "framing=length")]),
    Canary("cl-te-conflict", EdgeCanary<OneLength>.self, [.stream(two, "odd=length")]),
    Canary(
      "duplicate-transfer-encoding", EdgeCanary<KeepsField<TransferEncoding>>.self, [.stream(two)]),
    Canary("hop-by-hop-copied", EdgeCanary<KeepsField<KeepAlive>>.self, [.stream(two, "odd=hops")]),
    Canary(
      "chunk-extension", EdgeCanary<NoExtensions>.self, [.stream(two, "framing=chunked+extensions")]
    ),
    Canary(
      "chunk-extension", variant: "behind the head", EdgeCanary<BreaksAtExtensions>.self,
      [.stream(two, "framing=chunked+extensions")]),
    Canary(
      "chunk-framing-leak", EdgeCanary<ZerosLeak>.self, [.stream(two, "framing=chunked+zeros")]),
    Canary(
      "chunk-size-line-split", EdgeCanary<SizeOfOneRead>.self,
      [.stream(two, "cuts=sizes chunks=whole")]),
    Canary(
      "chunk-final-crlf-split", EdgeCanary<LineEndOfOneRead>.self, [.stream(two, "cuts=chunkends")]),
    Canary(
      "chunk-trailers", EdgeCanary<TrailersAreBody>.self, [.stream(two, "framing=chunked+trailers")]
    ),
    Canary(
      "premature-eof-as-success", CanaryProxy<CloseIsEnd>.self,
      [Trial.stream(two, "cuts=events").broken(.fin, behind: 20)]),
    Canary(
      "premature-eof-as-success", variant: "library", LibraryEnds.self,
      [
        Trial.stream(two, "cuts=events").broken(.fin, beforeEnd: 2),
        Trial.stream(two, "cuts=events fault=fin@40"),
      ]),
    Canary("chunk-size-abuse", EdgeCanary<TakesSigns>.self, [.stream(two, "odd=plus")]),
    Canary(
      "http10-close-delimited", EdgeCanary<NoLengthNoBody>.self,
      [.stream(two, "framing=close odd=http10")]),
    Canary(
      "http10-close-delimited", variant: "collects", EdgeCanary<CollectsWithoutLength>.self,
      [.stream(two, "framing=close cuts=events")]),
    Canary(
      "chunked-to-http10-client", EdgeCanary<AlwaysChunks>.self, [.stream(two, "request=http10")]),
    Canary("interim-1xx-as-final", EdgeCanary<FirstHead>.self, [.stream(two, "odd=interim")]),
    Canary(
      "head-and-no-body-status", EdgeCanary<BodyForHead>.self, [.stream(two, "request=head")]),
    Canary("cors-preflight", EdgeCanary<KeyForAll>.self, [.stream(two, "request=options")]),
    Canary(
      "redirect-mishandled", AsksAgain<WhenRedirected>.self,
      [Trial.stream("", type: "text/plain", status: 302).with("Location", "/elsewhere")]),
  ]
}

extension Exchange.Input {
  /// The bytes of the upstream, or nil.
  var upstreamBytes: [UInt8]? {
    if case .upstream(let bytes) = self { bytes } else { nil }
  }

  /// Whether these are bytes of the upstream with an extension of a chunk, as the mock writes it.
  var hasChunkExtension: Bool { upstreamBytes?.contains(Array(";ieof".utf8)) == true }

  /// This input with `new` for each `old` in the upstream's bytes.
  func reading(_ old: String, as new: String) -> Exchange.Input {
    guard let bytes = upstreamBytes else { return self }
    return .upstream(bytes.replacing(Array(old.utf8), with: Array(new.utf8)))
  }
}

extension Exchange.Output {
  /// Whether these are body bytes, or the end of the body, for the client.
  var isBody: Bool {
    if case .client(let bytes) = self { !bytes.starts(with: "HTTP/1.".utf8) } else { false }
  }
}

extension [Exchange.Output] {
  var endsAnswer: Bool { contains(.closeUpstream) || contains(.closeClient) }
}

/// Collects the answer until its end.
private struct WholeBody: EdgeFlaw {
  private var held: [Exchange.Output] = []
  mutating func changedOutputs(_ outputs: [Exchange.Output]) -> [Exchange.Output] {
    defer { held = outputs.endsAnswer ? [] : held + outputs.filter(\.isBody) }
    return outputs.endsAnswer ? held + outputs : outputs.filter { !$0.isBody }
  }
}

/// Collects an answer that only the end of its connection ends, to know its length.
private struct CollectsWithoutLength: EdgeFlaw {
  private var isOpenEnded = false
  private var body = WholeBody()
  mutating func changedInput(_ input: Exchange.Input, at now: Milliseconds) -> Exchange.Input? {
    input.editingHead {
      isOpenEnded = $0.fields["Content-Length"] == nil && $0.fields["Transfer-Encoding"] == nil
    }
  }
  mutating func changedOutputs(_ outputs: [Exchange.Output]) -> [Exchange.Output] {
    isOpenEnded ? body.changedOutputs(outputs) : outputs
  }
}

private struct MayBuffer: EdgeFlaw {
  func changedOutputs(_ outputs: [Exchange.Output]) -> [Exchange.Output] {
    outputs.editingHead { $0.fields.remove("X-Accel-Buffering") }
  }
}

/// Holds what a compressor would hold, for a client that takes gzip.
private struct Compressor: EdgeFlaw {
  private var compresses = false
  private var rest = WholeBody()
  mutating func changedInput(_ input: Exchange.Input, at now: Milliseconds) -> Exchange.Input? {
    if case .client(let bytes) = input, bytes.contains(Array("gzip".utf8)) { compresses = true }
    return input
  }
  mutating func changedOutputs(_ outputs: [Exchange.Output]) -> [Exchange.Output] {
    compresses ? rest.changedOutputs(outputs) : outputs
  }
}

/// Asks for a coding, and takes what is coded for text.
private struct CodedAsText: BodyHandler {
  static var takesEveryBody: Bool { true }
  private var isCoded = false
  package mutating func begin(_ head: ResponseHead) {
    isCoded = head.fields["Content-Encoding"] != nil
  }
  package func take(_ fragment: [UInt8]) -> [UInt8] {
    isCoded ? Array(String(decoding: fragment, as: UTF8.self).utf8) : fragment
  }
}

/// Takes the end of the connection for the end of the body, and tells of other failures.
private struct CloseIsEnd: BodyHandler {
  static func callsClean(_ failure: ProxyError) -> Bool { failure == .truncated }
  package func take(_ fragment: [UInt8]) -> [UInt8] { fragment }
}

/// Takes the coding off and leaves it in the head.
private struct DecodesBody: BodyHandler {
  static var takesEveryBody: Bool { true }
  private var isCoded = false
  private var coded: [UInt8] = []
  package mutating func begin(_ head: ResponseHead) {
    isCoded = head.fields["Content-Encoding"] != nil
  }
  package mutating func take(_ fragment: [UInt8]) -> [UInt8] {
    guard isCoded else { return fragment }
    let known = (content(of: coded, coding: "gzip") ?? []).count
    coded += fragment
    return Array((content(of: coded, coding: "gzip") ?? []).dropFirst(known))
  }
}

/// The name of a field of the upstream's head.
private protocol FieldName { static var text: String { get } }
private enum ContentLength: FieldName { static let text = "Content-Length" }
private enum TransferEncoding: FieldName { static let text = "Transfer-Encoding" }
private enum KeepAlive: FieldName { static let text = "Keep-Alive" }

/// Adds the upstream's field to its own head, which says for itself what it must.
private struct KeepsField<Name: FieldName>: EdgeFlaw {
  private var value: String?
  mutating func changedInput(_ input: Exchange.Input, at now: Milliseconds) -> Exchange.Input? {
    input.editingHead { value = value ?? $0.fields[Name.text] }
  }
  func changedOutputs(_ outputs: [Exchange.Output]) -> [Exchange.Output] {
    outputs.editingHead { head in value.map { head.fields.add(Name.text, $0) } }
  }
}

private struct OneLength: EdgeFlaw {
  func changedInput(_ input: Exchange.Input, at now: Milliseconds) -> Exchange.Input? {
    input.editingHead { $0.fields.remove("Content-Length") }
  }
}

private struct NoExtensions: EdgeFlaw {
  func changedInput(_ input: Exchange.Input, at now: Milliseconds) -> Exchange.Input? {
    input.hasChunkExtension ? .upstreamClosed(.reset) : input
  }
}

/// The same, when it has passed on the head by then.
private struct BreaksAtExtensions: EdgeFlaw {
  private var isBroken = false
  mutating func changedInput(_ input: Exchange.Input, at now: Milliseconds) -> Exchange.Input? {
    isBroken = isBroken || input.hasChunkExtension
    return input
  }
  func changedOutputs(_ outputs: [Exchange.Output]) -> [Exchange.Output] {
    guard isBroken else { return outputs }
    let head = outputs.filter {
      if case .client = $0 { !$0.isBody } else { false }
    }
    return head + [.closeUpstream, .resetClient]
  }
}

/// Sizes that begin with zeros stay in the body.
private struct ZerosLeak: EdgeFlaw {
  private var leaks = false
  mutating func changedInput(_ input: Exchange.Input, at now: Milliseconds) -> Exchange.Input? {
    if input.upstreamBytes?.contains(Array("\r\n000".utf8)) == true { leaks = true }
    return input
  }
  func changedOutputs(_ outputs: [Exchange.Output]) -> [Exchange.Output] {
    guard leaks else { return outputs }
    return outputs.map { output in
      guard output.isBody, case .client(let bytes) = output, !bytes.starts(with: "0\r".utf8) else {
        return output
      }
      var chunk: [UInt8] = []
      writeChunk(bytes.span, into: &chunk)
      return .client(chunk)
    }
  }
}

/// Takes the digits of a size that a read ends with for all of them.
private struct SizeOfOneRead: EdgeFlaw {
  func changedInput(_ input: Exchange.Input, at now: Milliseconds) -> Exchange.Input? {
    guard let bytes = input.upstreamBytes, let last = bytes.last,
      let end = bytes.lastIndex(of: 0x0A), end + 1 < bytes.count, (0x30...0x39).contains(last)
    else { return input }
    return .upstream(bytes + [0x0D, 0x0A])
  }
}

/// Loses the LF that a read begins with, behind a CR of the one before.
private struct LineEndOfOneRead: EdgeFlaw {
  private var isInBody = false
  private var endsWithReturn = false
  mutating func changedInput(_ input: Exchange.Input, at now: Milliseconds) -> Exchange.Input? {
    guard let bytes = input.upstreamBytes else { return input }
    defer {
      isInBody = isInBody || bytes.contains(Array("\r\n\r\n".utf8))
      endsWithReturn = isInBody && bytes.last == 0x0D
    }
    return endsWithReturn && bytes.first == 0x0A ? .upstream(Array(bytes.dropFirst())) : input
  }
}

private struct TrailersAreBody: EdgeFlaw {
  func changedInput(_ input: Exchange.Input, at now: Milliseconds) -> Exchange.Input? {
    let trailer = "X-Usage-Tokens: 39\r\n"
    return input.reading("0\r\n\(trailer)\r\n", as: "14\r\n\(trailer)\r\n0\r\n\r\n")
  }
}

private struct TakesSigns: EdgeFlaw {
  func changedInput(_ input: Exchange.Input, at now: Milliseconds) -> Exchange.Input? {
    input.reading("\r\n+", as: "\r\n")
  }
}

private struct NoLengthNoBody: EdgeFlaw {
  func changedInput(_ input: Exchange.Input, at now: Milliseconds) -> Exchange.Input? {
    input.editingHead { head in
      let names = ["Content-Length", "Transfer-Encoding"]
      if names.allSatisfy({ head.fields[$0] == nil }) { head.fields.add("Content-Length", "0") }
    }
  }
}

private struct AlwaysChunks: EdgeFlaw {
  func changedInput(_ input: Exchange.Input, at now: Milliseconds) -> Exchange.Input? {
    guard case .client(let bytes) = input else { return input }
    return .client(bytes.replacing(Array("HTTP/1.0".utf8), with: Array("HTTP/1.1".utf8)))
  }
}

private struct FirstHead: EdgeFlaw {
  func changedInput(_ input: Exchange.Input, at now: Milliseconds) -> Exchange.Input? {
    input.reading("HTTP/1.1 103", as: "HTTP/1.1 200")
  }
}

private struct BodyForHead: EdgeFlaw {
  private var isHead = false
  mutating func changedInput(_ input: Exchange.Input, at now: Milliseconds) -> Exchange.Input? {
    if case .client(let bytes) = input { isHead = bytes.starts(with: "HEAD ".utf8) }
    return input
  }
  func changedOutputs(_ outputs: [Exchange.Output]) -> [Exchange.Output] {
    guard isHead else { return outputs }
    return outputs.map { output in
      if case .client(let bytes) = output { .client(bytes + "{}".utf8) } else { output }
    }
  }
}

/// Wants a key for every request, also for the one that cannot have it.
private struct KeyForAll: EdgeFlaw {
  private var lacksKey = false
  mutating func changedInput(_ input: Exchange.Input, at now: Milliseconds) -> Exchange.Input? {
    if case .client(let bytes) = input {
      lacksKey = !bytes.contains(Array("Authorization: ".utf8))
    }
    return input
  }
  func changedOutputs(_ outputs: [Exchange.Output]) -> [Exchange.Output] {
    lacksKey ? outputs.editingHead { $0.status = 401 } : outputs
  }
}

/// Follows a redirect with a GET, as browsers do.
private enum WhenRedirected: SecondRequest {
  static func begins(_ input: Exchange.Input, isAnswered: Bool) -> Bool {
    input.upstreamBytes?.starts(with: "HTTP/1.1 302".utf8) == true
  }
  static func change(_ request: inout [UInt8]) {
    request = request.replacing(Array("POST ".utf8), with: Array("GET ".utf8))
  }
}
