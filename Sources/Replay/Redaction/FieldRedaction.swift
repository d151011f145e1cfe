// What must never stand in a recording: credentials. Their fields stay, so that one sees what kind
// was sent; their values go.

package import Wire

/// `fields` as they may be recorded: secrets redacted, and what belongs to one connection (its
/// address and its framing) left out.
package func recordable(_ fields: Fields, redacts: Bool = true) -> Fields {
  Fields(
    fields.list.filter { field in !connectionFields.contains(where: field.isNamed) }.map { field in
      guard redacts else { return field }
      if authorizationFields.contains(where: field.isNamed) {
        // The scheme tells nothing secret, where there is one.
        let words = field.value.split(separator: " ", maxSplits: 1)
        return Field(field.name, words.count == 2 ? "\(words[0]) [redacted]" : "[redacted]")
      }
      return secretFields.contains(where: field.isNamed)
        ? Field(field.name, "[redacted]") : field
    })
}

private let connectionFields = [
  "Host", "Content-Length", "Transfer-Encoding", "Connection", "Keep-Alive", "Proxy-Connection",
]
private let authorizationFields = ["Authorization", "Proxy-Authorization"]
private let secretFields = ["Cookie", "X-API-Key", "Api-Key", "X-DashScope-Api-Key"]
