// Which operation a path asks for: gateways put it after another base path, and the operation stays.

package import MockQwen

/// The part of a path that names the operation: all after `/v1`, or the last two segments when there is
/// no version; with its first slash, without the query.
package func operation(of target: String) -> String {
  // By bytes: each run of a session calls this, and searching by characters is slow.
  let parts = target.utf8.prefix { $0 != UInt8(ascii: "?") }.split(separator: UInt8(ascii: "/"))
  let version = parts.firstIndex { $0.elementsEqual("v1".utf8) }
  let behind = version.map { parts[($0 + 1)...] } ?? []
  return (behind.isEmpty ? parts.suffix(2) : behind).reduce(into: "") { path, part in
    path += "/"
    path += Substring(part)
  }
}

/// The paths under which a target may pass on a client's request: the same path, or the operation after
/// the upstream's base path.
package func upstreamPaths(for target: String, base: String) -> [String] {
  let path = String(target.prefix { $0 != "?" })
  let other = base + operation(of: path)
  return other == path ? [path] : [path, other]
}

/// How a client of the embedded proxy asks for a session: by the route of the recorded request.
package func clientRoute(for recorded: Session.Request) -> (method: String, path: String) {
  // Nearly all paths end so, and none of them names another operation.
  guard !recorded.target.hasSuffix("/chat/completions"),
    case let operation = operation(of: recorded.target),
    ["/models", "/embeddings", "/completions"].contains(operation)
  else {
    return ("POST", "/v1/chat/completions")
  }
  return (operation == "/models" ? "GET" : "POST", "/v1" + operation)
}
