// The extensions of a chunk as the judge reads them, from the grammar of RFC 9112 section 7.1.1:
//
//     chunk-ext = *( BWS ";" BWS chunk-ext-name [ BWS "=" BWS ( token / quoted-string ) ] )

/// Whether the text after the size of a chunk is well-formed.
func isChunkExtension(_ text: ArraySlice<UInt8>) -> Bool {
  var rest = text
  func skipBlanks() { while rest.first == 0x20 || rest.first == 0x09 { rest = rest.dropFirst() } }
  func takeToken() -> Bool {
    let token = rest.prefix(while: ClientReader.isTokenByte)
    rest = rest.dropFirst(token.count)
    return !token.isEmpty
  }
  /// A quoted string (RFC 9110 section 5.6.4).
  func takeQuoted() -> Bool {
    rest = rest.dropFirst()
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "\"") { return true }
      let text = byte == UInt8(ascii: "\\") ? rest.popFirst() : byte
      guard let text, ClientReader.isTextByte(text) else { return false }
    }
    return false
  }
  while !rest.isEmpty {
    skipBlanks()
    guard rest.popFirst() == UInt8(ascii: ";") else { return false }
    skipBlanks()
    guard takeToken() else { return false }
    let behindName = rest
    skipBlanks()
    guard rest.first == UInt8(ascii: "=") else {
      rest = behindName
      continue
    }
    rest = rest.dropFirst()
    skipBlanks()
    guard rest.first == UInt8(ascii: "\"") ? takeQuoted() : takeToken() else { return false }
  }
  return true
}
