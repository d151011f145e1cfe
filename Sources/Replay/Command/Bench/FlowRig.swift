// A proxy in a process of its own, with all its clients and its upstream in this one, on one clock: so
// the proxy is measured as it is used. Clients and upstream have a network each, so that clients can read
// as little at a time as needed.

internal import Canaries
internal import Foundation
internal import MockQwen
internal import Networks
internal import ProxyUnderTest
internal import Recordings
internal import Sockets
internal import Terminal
internal import Wire

/// `replay proxy` between clients and an upstream that run here.
struct FlowRig: ~Copyable {
  /// How long everything outside the measurement may take, in milliseconds.
  private static let patience = 20_000

  var clients: SocketNetwork
  var upstreams: SocketNetwork
  /// The events of the last turn.
  private(set) var clientEvents: [NetworkEvent] = []
  private(set) var upstreamEvents: [NetworkEvent] = []
  private var proxy: ChildGroup
  private let port: Int
  /// The file with the CA that the proxy trusts; nil when the upstream does not use TLS.
  private let authority: String?
  /// Incomplete requests, by upstream connection.
  private var requests: [ConnectionID: [UInt8]] = [:]

  /// Starts the proxy, which is this program.
  ///
  /// - Parameters:
  ///   - clientBytesMax: How many bytes a client reads at once.
  ///   - kernelBytesMax: How many bytes the kernel may hold for a connection on this side.
  ///   - isSecure: Whether the upstream uses https, with a certificate made here.
  /// - Throws: `UsageError` when the proxy does not start.
  init(
    clientBytesMax: Int = 65_536, kernelBytesMax: Int? = nil, environment: [String: String],
    isSecure: Bool
  ) throws {
    guard let program = Bundle.main.executablePath else {
      throw UsageError("cannot find the file of this program, so its proxy cannot be started")
    }
    takeAllDescriptors()
    var network = try SocketNetwork(kernelBytesMax: kernelBytesMax)
    let identity = isSecure ? try Self.identity() : nil
    let back = try network.listen(host: "127.0.0.1", port: 0, as: identity).port
    let trusted = try identity?.authority.map(Self.save)
    var variables = environment.filter { ["HOME", "LD_LIBRARY_PATH", "PATH"].contains($0.key) }
    variables["DASHSCOPE_API_KEY"] = "any"
    variables["QWEN_BASE_URL"] = "\(isSecure ? "https" : "http")://127.0.0.1:\(back)/v1"
    variables["SSL_CERT_FILE"] = trusted
    variables["REPLAY"] = program
    var child = try ChildGroup(#"exec "$REPLAY" proxy"#, environment: variables)
    let front = try Self.awaitPort(&child, &network)
    let other = try SocketNetwork(
      readBytesMax: clientBytesMax, kernelBytesMax: kernelBytesMax)
    authority = trusted
    proxy = child
    port = front
    clients = other
    upstreams = network
  }

  private static func identity() throws -> TLSIdentity {
    do throws(TLSError) { return try TLSIdentity.made() } catch {
      throw UsageError(error.description)
    }
  }

  private static func save(_ authority: String) throws -> String {
    let name = "replay-ca-\(UInt64.random(in: 0...UInt64.max)).pem"
    let path = FileManager.default.temporaryDirectory.path + "/" + name
    guard FileManager.default.createFile(atPath: path, contents: Data(authority.utf8)) else {
      throw UsageError("the CA's certificate cannot be written to \(path)")
    }
    return path
  }

  /// Waits for the line with the proxy's URL.
  private static func awaitPort(
    _ proxy: inout ChildGroup, _ network: inout SocketNetwork
  ) throws -> Int {
    let end = monotonicMilliseconds() + patience
    var output = ""
    var events: [NetworkEvent] = []
    while monotonicMilliseconds() < end, proxy.ending() == nil {
      output += String(decoding: proxy.takeOutput(), as: UTF8.self)
      let found = output.firstMatch(of: /listening on http:\/\/127\.0\.0\.1:([0-9]+)\//)
      if let port = found.flatMap({ Int($0.1) }) { return port }
      network.poll(timeout: 10, into: &events)
    }
    throw UsageError("the proxy did not start: \(output)")
  }

  /// Waits for the upstream's connections or the clients', and fetches the events of both.
  mutating func turn(milliseconds: Int, forUpstream: Bool = false) {
    clientEvents.removeAll(keepingCapacity: true)
    upstreamEvents.removeAll(keepingCapacity: true)
    clients.poll(timeout: forUpstream ? 0 : milliseconds, into: &clientEvents)
    upstreams.poll(timeout: forUpstream ? milliseconds : 0, into: &upstreamEvents)
  }

  /// Sends the request of each client for a stream; returns the clients' connections and those of the
  /// requests at the upstream, in no particular order.
  mutating func ask(
    _ count: Int
  ) throws -> (clients: [ConnectionID], upstreams: [ConnectionID]) {
    let body = #"{"model":"m","messages":[],"stream":true}"#
    let request =
      "POST /v1/chat/completions HTTP/1.1\r\nHost: p\r\nContent-Type: application/json\r\n"
      + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
    var asking: [ConnectionID] = []
    for _ in 0..<count {
      let client = clients.connect(to: "127.0.0.1", port: port)
      clients.send(Array(request.utf8), on: client)
      asking.append(client)
    }
    var asked: [ConnectionID] = []
    let end = monotonicMilliseconds() + Self.patience
    while asked.count < count {
      guard monotonicMilliseconds() < end else {
        throw UsageError("only \(asked.count) of \(count) requests came through the proxy")
      }
      turn(milliseconds: 2, forUpstream: true)
      for case .bytes(let connection, let bytes) in upstreamEvents {
        requests[connection, default: []] += bytes
        guard requests[connection]!.last == UInt8(ascii: "}") else { continue }
        requests[connection] = nil
        asked.append(connection)
      }
    }
    return (asking, asked)
  }

  /// The proxy's peak memory so far, in KiB; nil when the system does not tell.
  var peakMemory: Int? { Self.status("VmHWM", of: "\(proxy.processID)") }

  /// A figure of a process's status, in KiB.
  static func status(_ name: String, of process: String) -> Int? {
    let text = try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)
    let line = text?.split(separator: "\n").first { $0.hasPrefix("\(name):") }
    return line?.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first
      .flatMap { Int($0) }
  }

  /// The CPU time of the proxy, in seconds; nil when the system does not tell.
  var busySeconds: Double? {
    let path = "/proc/\(proxy.processID)/stat"
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return nil }
    // The name, in parentheses, may hold blanks. Fields 14 and 15 are user and system time, in
    // hundredths of a second.
    let fields = text.split(separator: ")").last?.split(separator: " ") ?? []
    guard fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12]) else {
      return nil
    }
    return (user + system) / 100
  }

  /// Ends the proxy.
  mutating func end() {
    proxy.end(within: 2_000)
    if let authority { try? FileManager.default.removeItem(atPath: authority) }
  }
}
