// Why something could not be done, in words that are the same on all platforms.

internal import Foundation

/// An error that has a short reason.
package protocol ReasonedError: Error {
  var reason: String { get }
}

/// Why a file could not be read or written, in a few words: Foundation's own differ by platform.
package func reason(_ error: any Error) -> String {
  if let error = error as? any ReasonedError { return error.reason }
  guard let error = error as? CocoaError else { return "\(error)" }
  switch error.code {
  case .fileReadNoSuchFile, .fileNoSuchFile: return "no such file or folder"
  case .fileReadNoPermission, .fileWriteNoPermission: return "permission denied"
  case .fileWriteFileExists: return "the file exists"
  case .fileWriteOutOfSpace: return "no space is left"
  case .fileWriteVolumeReadOnly: return "the volume is read-only"
  default:
    let cause = error.underlying as? POSIXError
    return (cause?.localizedDescription ?? error.localizedDescription)
      .replacingOccurrences(of: "The operation could not be completed. ", with: "")
  }
}
