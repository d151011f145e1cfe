// Which operation a path asks for: gateways put it behind another base, and the operation stays.

package import MockQwen

/// What of a path names the operation: all behind `/v1`, or the last two parts where there is no
/// version; with its first slash, without the query.
package func operation(of target: String) -> String {
  let path = target.prefix { $0 != "?" }
  let parts = path.split(separator: "/")
  let version = parts.firstIndex(of: "v1").map { parts[parts.index(after: $0)...] }
  if let version, !version.isEmpty { return "/" + version.joined(separator: "/") }
  return "/" + parts.suffix(2).joined(separator: "/")
}

/// The paths under which a target may ask its upstream for what a client asked it for: the same path,
/// or the operation behind the upstream's base path.
package func upstreamPaths(for target: String, base: String) -> [String] {
  let path = String(target.prefix { $0 != "?" })
  let other = base + operation(of: path)
  return other == path ? [path] : [path, other]
}

/// How a client of the embedded proxy asks for a session: by the route of what was recorded.
package func clientRoute(for recorded: Session.Request) -> (method: String, path: String) {
  let operation = operation(of: recorded.target)
  guard ["/models", "/embeddings", "/completions"].contains(operation) else {
    return ("POST", "/v1/chat/completions")
  }
  return (operation == "/models" ? "GET" : "POST", "/v1" + operation)
}
