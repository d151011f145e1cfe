// Answers that were written to be replayed: nock's fixtures (a list of objects with `scope` and
// `response`) and WireMock's mappings (`request` and `response`, alone or in a list of mappings).

internal import Wire

/// Fixtures of nock.
enum NockFixture {
  /// Whether a value is such a list.
  static func isOne(_ value: ForeignValue) -> Bool {
    guard let list = value.list, !list.isEmpty else { return false }
    return list.allSatisfy { $0["scope"] != nil && $0["method"] != nil }
  }

  static func imported(_ file: ForeignValue) throws(ImportError) -> Imported {
    var imported = Imported()
    for (index, call) in (file.list ?? []).enumerated() {
      imported.add("call \(index + 1)") { () throws(ImportError) in try exchange(call) }
    }
    return imported
  }

  private static func exchange(_ call: ForeignValue) throws(ImportError) -> ForeignExchange {
    guard let status = call["status"]?.statusCode else {
      throw ImportError("the answer has no status")
    }
    guard let response = call["response"] else { throw ImportError("its body is missing") }
    let fields = try headerPairs(call.first("rawHeaders", "headers"))
    let isCoded = fields.contains { $0.0.lowercased() == "content-encoding" }
    let isBinary = isCoded && response.list != nil || call["responseIsBinary"]?.isTrue ?? false
    return ForeignExchange(
      method: call["method"]?.string?.uppercased() ?? "",
      url: (call["scope"]?.string ?? "") + (call["path"]?.string ?? "/"),
      requestFields: try headerPairs(call["reqheaders"]),
      requestBody: try BodyText(value: call["body"]).bytes(), status: status, fields: fields,
      body: try BodyText(value: response, isBinary: isBinary).bytes(), source: "nock fixture")
  }
}

/// Mappings of WireMock.
enum WireMockMapping {
  static func isOne(_ value: ForeignValue) -> Bool {
    if let list = value["mappings"]?.list {
      return list.allSatisfy { $0["request"] != nil && $0["response"] != nil }
    }
    return value["request"]?.members != nil && value["response"]?.members != nil
  }

  static func imported(_ file: ForeignValue) throws(ImportError) -> Imported {
    var imported = Imported()
    for (index, mapping) in (file["mappings"]?.list ?? [file]).enumerated() {
      imported.add("mapping \(index + 1)") { () throws(ImportError) in try exchange(mapping) }
    }
    return imported
  }

  private static func exchange(_ mapping: ForeignValue) throws(ImportError) -> ForeignExchange {
    guard let request = mapping["request"], let response = mapping["response"] else {
      throw ImportError("it has no request or no response")
    }
    if let fault = response["fault"]?.string {
      throw ImportError("it answers with the fault \(fault), not with a body")
    }
    if let file = response["bodyFileName"]?.string {
      throw ImportError("its body is in another file (\(file)); put it in as base64Body")
    }
    let transformers = response["transformers"]?.list ?? []
    guard !transformers.contains(.text("response-template")) else {
      throw ImportError("its body is a template, and not what was sent")
    }
    guard let status = response["status"]?.statusCode else {
      throw ImportError("the answer has no status")
    }
    let base64 = response["base64Body"]
    let body = BodyText(
      value: base64 ?? response.first("body", "jsonBody"),
      encoding: base64 == nil ? "" : "base64")
    let pattern = request["bodyPatterns"]?.list?.first
    let method = request["method"]?.string?.uppercased() ?? "POST"
    return ForeignExchange(
      method: method == "ANY" ? "POST" : method,
      url: request.first("url", "urlPath", "urlPattern", "urlPathPattern")?.string ?? "/",
      requestFields: [],
      requestBody: try BodyText(value: pattern?.first("equalToJson", "equalTo")).bytes(),
      status: status, reason: response["statusMessage"]?.string,
      fields: try headerPairs(response["headers"]), body: try body.bytes(),
      source: "WireMock mapping")
  }
}
