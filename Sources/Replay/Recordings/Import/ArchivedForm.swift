// The body of a request that an HTTP archive holds as a list of parameters (HAR 1.2, `params`).

internal import Foundation

/// The parameters of a form.
struct ArchivedForm {
  private let parameters: [ForeignValue]

  init(_ parameters: [ForeignValue]) { self.parameters = parameters }

  /// Whether a file was uploaded that the archive does not hold.
  var lacksFiles: Bool {
    parameters.contains { $0["fileName"] != nil && $0["value"]?.string ?? "" == "" }
  }

  /// The form in the notation of its content type (RFC 7578, or as URLs write it); empty when the
  /// archive does not hold all of it.
  func body(_ type: String) -> [UInt8] {
    guard !lacksFiles else { return [] }
    guard type.lowercased().hasPrefix("multipart/") else { return Array(encoded.utf8) }
    guard let boundary = type.firstMatch(of: #/boundary="?([^";]+)/#)?.1 else { return [] }
    let parts = parameters.map { parameter in
      var head = "Content-Disposition: form-data; name=\"\(parameter["name"]?.string ?? "")\""
      if let file = parameter["fileName"]?.string { head += "; filename=\"\(file)\"" }
      if let type = parameter["contentType"]?.string { head += "\r\nContent-Type: \(type)" }
      return "--\(boundary)\r\n\(head)\r\n\r\n\(parameter["value"]?.string ?? "")\r\n"
    }
    return Array((parts.joined() + "--\(boundary)--\r\n").utf8)
  }

  private var encoded: String {
    parameters.map { parameter in
      [parameter["name"]?.string, parameter["value"]?.string].map { word in
        (word ?? "").addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
      }.joined(separator: "=")
    }.joined(separator: "&")
  }
}
