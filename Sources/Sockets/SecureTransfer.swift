// One request and its answer over https, as URLSession speaks it. Its callbacks come on threads of the
// system's; they are turned into the bytes that a plain HTTP/1.1 upstream would have sent, and laid
// into the loop's mailbox. What the parser of HTTP behind the loop then sees is as honest as what
// URLSession has seen:
//
// - A body with a length comes with it, a chunked body as chunks, one for each piece as it was read.
//   The last chunk is written when, and only when, URLSession says that the body is complete.
// - A body with neither (and every body of HTTP/2 without a length) ends with the connection. Over
//   HTTP/1 a cut that looks like an orderly end is not told from one there, as without TLS.
// - URLSession takes content codings off and leaves the field that names them, so a body that comes
//   encoded although `identity` was asked for is refused.
//
// Field lines of one name come joined, in no order (they are put in that of their names); the reason
// phrase, interim responses and trailers do not come at all. URLSession has no brake on Linux: what
// the loop has not taken is bounded, and a stream that runs over the bound is ended with an error.
//
// One fault of the toolchain (6.3) is not to be worked around from here: an upstream that speaks
// HTTP/1 and closes its connection in order between two TLS records of one head stops the process
// (NativeProtocol.swift: "Transfer completed, but there's no response"). Servers write a head at once.

internal import Foundation
internal import Synchronization
internal import Wire

#if canImport(FoundationNetworking)
  internal import FoundationNetworking
#endif

/// The callbacks of one request.
final class SecureTransfer: NSObject, URLSessionDataDelegate {
  /// What the loop is told.
  enum News: Hashable, Sendable {
    /// The connection stands: the first bytes of the request's body have gone out.
    case sending
    /// Bytes of the answer; 1 to 65,536.
    case bytes([UInt8])
    /// The answer is complete; `closes` when the end of the connection is what says so.
    case complete(closes: Bool)
    case failed(Failure)
  }

  /// Why there will be no more.
  struct Failure: Hashable, Sendable {
    var reason: String
    /// Whether the upstream has got nothing that it could have begun on.
    var isUnsent = false
    /// Whether what waits for the loop is to be thrown away.
    var isOverflow = false
  }

  /// How much of an answer may wait for the loop, in bytes.
  static let unreadBytesMax = 8 * 1024 * 1024
  /// How much of a body goes into one piece, so that its chunk is at most 65,536 bytes long.
  private static let pieceMax = 65_500

  private enum Framing: Hashable, Sendable {
    case empty
    case length(left: Int)
    case chunked, untilClose
  }

  private struct Progress: Hashable, Sendable {
    var hasSent = false
    /// Known when the head has come.
    var framing: Framing?
    /// Bytes laid into the mailbox that the loop's owner has not got.
    var unread = 0
    /// Whether the end has been told, or nobody wants to hear it.
    var isOver = false
  }

  private let method: String
  private let hasBody: Bool
  private let tell: @Sendable (News) -> Void
  private let progress = Mutex(Progress())

  /// - Parameters:
  ///   - method: The method of the request.
  ///   - hasBody: Whether the request has a body, which begins to go out when the connection stands.
  ///   - tell: Called on any thread, for one piece of news after the other.
  init(
    method: String, hasBody: Bool, tell: @escaping @Sendable (News) -> Void
  ) {
    self.method = method
    self.hasBody = hasBody
    self.tell = tell
  }

  /// The loop's owner has got this many bytes.
  func taken(_ count: Int) { progress.withLock { $0.unread -= count } }

  /// Nothing more is to be told.
  func silence() { progress.withLock { $0.isOver = true } }

  // MARK: URLSession's side

  func urlSession(
    _ session: URLSession, task: URLSessionTask, didSendBodyData count: Int64,
    totalBytesSent: Int64, totalBytesExpectedToSend: Int64
  ) {
    let isFirst = progress.withLock { progress in
      defer { progress.hasSent = true }
      return !progress.hasSent && !progress.isOver
    }
    if isFirst { tell(.sending) }
  }

  func urlSession(
    _ session: URLSession, dataTask: URLSessionDataTask, didReceive response: URLResponse,
    completionHandler: @escaping @Sendable (URLSession.ResponseDisposition) -> Void
  ) {
    completionHandler(.allow)
    guard let response = response as? HTTPURLResponse, response.statusCode >= 200 else { return }
    var head = ResponseHead(status: response.statusCode, fields: fields(of: response))
    if let coding = contentCoding(head.fields) {
      fail("the answer came with Content-Encoding \(coding), although identity was asked for")
      return session.invalidateAndCancel()
    }
    let framing = framing(of: head)
    switch framing {
    case .chunked:
      head.fields.remove("Content-Length")
      head.fields.set("Transfer-Encoding", "chunked")
    case .untilClose:
      head.fields.remove("Transfer-Encoding")
      head.fields.add("Connection", "close")
    case .empty, .length: break
    }
    var bytes: [UInt8] = []
    head.write(into: &bytes)
    progress.withLock { $0.framing = framing }
    add(bytes, in: session)
  }

  func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
    for start in stride(from: data.startIndex, to: data.endIndex, by: Self.pieceMax) {
      let piece = [UInt8](data[start..<min(start + Self.pieceMax, data.endIndex)])
      let framing = progress.withLock { progress in
        if case .length(let left) = progress.framing {
          progress.framing = .length(left: left - piece.count)
        }
        return progress.framing
      }
      switch framing {
      case .chunked:
        var chunk: [UInt8] = []
        writeChunk(piece.span, into: &chunk)
        add(chunk, in: session)
      case .length, .untilClose: add(piece, in: session)
      case .empty, nil:
        fail("bytes came where the answer has no body")
        session.invalidateAndCancel()
      }
    }
  }

  func urlSession(
    _ session: URLSession, task: URLSessionTask, willPerformHTTPRedirection: HTTPURLResponse,
    newRequest: URLRequest, completionHandler: @escaping @Sendable (URLRequest?) -> Void
  ) {
    completionHandler(nil)
  }

  func urlSession(
    _ session: URLSession, task: URLSessionTask, didReceive challenge: URLAuthenticationChallenge,
    completionHandler:
      @escaping @Sendable (
        URLSession.AuthChallengeDisposition, URLCredential?
      ) -> Void
  ) {
    guard progress.withLock({ $0.framing != nil }) else {
      return completionHandler(.performDefaultHandling, nil)
    }
    // On Linux a 401 asks for credentials when its body is complete, and is over with none.
    complete(in: session)
    session.invalidateAndCancel()
  }

  func urlSession(
    _ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?
  ) {
    if let error {
      let isConnecting = [.cannotFindHost, .cannotConnectToHost].contains(
        (error as? URLError)?.code)
      fail(error.localizedDescription, isConnecting: isConnecting)
    } else {
      complete(in: session)
    }
    session.finishTasksAndInvalidate()
  }

  // MARK: The loop's side

  private func add(_ bytes: [UInt8], in session: URLSession) {
    let unread = progress.withLock { progress in
      if progress.isOver { return 0 }
      progress.unread += bytes.count
      return progress.unread
    }
    guard unread > 0 else { return }
    guard unread <= Self.unreadBytesMax else {
      fail("the client does not keep up: \(unread) bytes wait for it", isOverflow: true)
      return session.invalidateAndCancel()
    }
    tell(.bytes(bytes))
  }

  private func complete(in session: URLSession) {
    switch progress.withLock({ $0.framing }) {
    case .chunked:
      var end: [UInt8] = []
      writeLastChunk(into: &end)
      add(end, in: session)
      finish(.complete(closes: false))
    case .empty, .length(left: 0): finish(.complete(closes: false))
    case .untilClose: finish(.complete(closes: true))
    case .length: fail("the answer ended before its length")
    case nil: fail("URLSession gave no answer out")
    }
  }

  private func fail(_ reason: String, isConnecting: Bool = false, isOverflow: Bool = false) {
    let isUnsent = progress.withLock {
      $0.framing == nil && (hasBody ? !$0.hasSent : isConnecting)
    }
    finish(.failed(Failure(reason: reason, isUnsent: isUnsent, isOverflow: isOverflow)))
  }

  /// Tells the end, once.
  private func finish(_ news: News) {
    let isFirst = progress.withLock { progress in
      defer { progress.isOver = true }
      return !progress.isOver
    }
    if isFirst { tell(news) }
  }

  /// How the body will be framed for the loop.
  private func framing(of head: ResponseHead) -> Framing {
    switch head.status {
    case 204, 304: return .empty
    case _ where method == "HEAD": return .empty
    default: break
    }
    if head.fields.members("Transfer-Encoding").last?.equalsIgnoringASCIICase("chunked") == true {
      return .chunked
    }
    guard let length = head.fields["Content-Length"] else { return .untilClose }
    return Int(length).map { .length(left: $0) } ?? .untilClose
  }
}

/// The fields of an answer in the order of their names, without those of the connection.
private func fields(of response: HTTPURLResponse) -> Fields {
  var list: [Field] = []
  for case (let name as String, let value as String) in response.allHeaderFields {
    let field = Field(name, bytewise(value))
    let isOfTheConnection = ["Connection", "Keep-Alive", "Upgrade"].contains { field.isNamed($0) }
    if !isOfTheConnection { list.append(field) }
  }
  return Fields(list.sorted { $0.name < $1.name })
}

/// `text` with one scalar for each byte of its UTF-8, as field values hold them.
private func bytewise(_ text: String) -> String {
  guard !text.utf8.allSatisfy({ $0 < 0x80 }) else { return text }
  var scalars = String.UnicodeScalarView()
  for byte in text.utf8 { scalars.append(Unicode.Scalar(byte)) }
  return String(scalars)
}

/// The content codings of an answer, or nil when there is none.
private func contentCoding(_ fields: Fields) -> String? {
  let codings = fields.members("Content-Encoding").filter {
    !$0.equalsIgnoringASCIICase("identity")
  }
  return codings.isEmpty ? nil : codings.joined(separator: ", ")
}
