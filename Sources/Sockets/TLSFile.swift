// The library files of OpenSSL 3. The names contain the version, because another version may have
// other types. Once opened they stay open, because their functions are used until the process ends.

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// A shared library of OpenSSL.
enum TLSFile: String, Sendable {
  case crypto = "libcrypto"
  case ssl = "libssl"

  /// The result of `dlopen`.
  @safe struct Handle {
    fileprivate let library: UnsafeMutableRawPointer
    fileprivate let file: TLSFile

    /// The function of this name. `Function` must be its type as in its manual page.
    func function<Function>(_ name: String) throws(TLSError) -> Function {
      guard let address = unsafe dlsym(library, name) else {
        throw TLSError("\(file.rawValue) has no function \(name): \(TLSError.advice)")
      }
      return unsafe unsafeBitCast(address, to: Function.self)
    }
  }

  /// Where to look for the file, in this order; the system searches for a bare name.
  private var places: [String] {
    #if canImport(Glibc)
      ["\(rawValue).so.3"]
    #else
      ["/opt/homebrew/opt/openssl@3/lib/", "/usr/local/opt/openssl@3/lib/", "/opt/local/lib/", ""]
        .map { "\($0)\(rawValue).3.dylib" }
    #endif
  }

  /// Opens the file.
  func opened() throws(TLSError) -> Handle {
    for place in places {
      if let library = unsafe dlopen(place, RTLD_NOW | RTLD_LOCAL) {
        return unsafe Handle(library: library, file: self)
      }
    }
    throw TLSError(
      "https needs OpenSSL 3, and \(places.last ?? "") is not there: \(TLSError.advice)")
  }
}
