// Cassettes: Ruby's VCR (`http_interactions`) and related tools in Python, Go and other languages
// (`interactions`), in JSON or YAML. They hold the same things in different forms: a value may be single
// or in a list, a status may be a number, a text or an object, a body a string or an object.

internal import Wire

/// A cassette.
enum Cassette {
  static func imported(_ file: ForeignValue) throws(ImportError) -> Imported {
    // The first versions of vcrpy wrote only the list.
    let list = file.first("http_interactions", "interactions")?.list ?? file.list
    guard let list else { throw ImportError("its interactions are not a list") }
    var imported = Imported()
    for (index, interaction) in list.enumerated() {
      imported.add("interaction \(index + 1)") { () throws(ImportError) in
        try exchange(interaction)
      }
    }
    return imported
  }

  private static func exchange(_ value: ForeignValue) throws(ImportError) -> ForeignExchange {
    guard let request = value["request"] else { throw ImportError("it has no request") }
    guard let response = value["response"] else { throw ImportError("it has no response") }
    let status = response.first("code", "status", "status_code")
    guard let code = status?.statusCode else { throw ImportError("the answer has no status") }
    let version = response.first("http_version", "proto", "protocol")?.string ?? ""
    // vcrpy's first recordings of httpx call the body `content`.
    guard let body = response.first("body", "content") ?? bodyless(response) else {
      throw ImportError("its body is missing")
    }
    return ForeignExchange(
      method: request["method"]?.string?.uppercased() ?? "GET",
      url: request.first("uri", "url")?.string ?? "/",
      requestFields: try headerPairs(request["headers"]),
      requestBody: try bytes(request.first("body", "content")), status: code,
      reason: response["status"]?.statusPhrase ?? status?.statusPhrase,
      version: version.hasSuffix("1.0") ? .http10 : .http11,
      fields: try headerPairs(response["headers"]), body: try bytes(body), source: "VCR cassette")
  }

  /// An empty body, if the file says that there is none.
  private static func bodyless(_ response: ForeignValue) -> ForeignValue? {
    let names = (response.members ?? []).map(\.name)
    return names.contains("body") || names.contains("content") ? .text("") : nil
  }

  /// The bytes of a body: a text, or an object that names its encoding.
  private static func bytes(_ value: ForeignValue?) throws(ImportError) -> [UInt8] {
    guard let value, value.members != nil else { return try BodyText(value: value).bytes() }
    let coded = value.first("base64_string", "base64String")
    if let coded { return try BodyText(value: coded, encoding: "base64").bytes() }
    if let file = value.first("file", "_file", "file_name")?.string {
      throw ImportError("its body is in another file (\(file))")
    }
    if let parsed = value["parsed_body"] { return try BodyText(value: parsed).bytes() }
    let names = value.members?.map(\.name) ?? []
    guard names.contains("string") || names.contains("content") || names.contains("data") else {
      // A body that the tool has stored as parsed JSON.
      return Array(value.json.utf8)
    }
    return try BodyText(
      value: value.first("string", "content", "data"), encoding: value["encoding"]?.string ?? ""
    ).bytes()
  }
}
