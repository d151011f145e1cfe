// The two checksums of compressed data: CRC-32 (RFC 1952 section 8) and Adler-32 (RFC 1950 section 9).
// Both can be continued, so data may come in pieces.

/// CRC-32 of what has come so far.
struct Crc32: Hashable, Sendable {
  private var register: UInt32 = 0xFFFF_FFFF

  var value: UInt32 { ~register }

  mutating func take(_ bytes: some Sequence<UInt8>) {
    for byte in bytes {
      register = register >> 8 ^ Self.table[Int((register ^ UInt32(byte)) & 0xFF)]
    }
  }

  private static let table: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { value, _ in
      value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1
    }
  }
}

/// Adler-32 of what has come so far.
struct Adler32: Hashable, Sendable {
  private static let base: UInt32 = 65_521
  private var low: UInt32 = 1
  private var high: UInt32 = 0

  var value: UInt32 { high << 16 | low }

  mutating func take(_ bytes: some Sequence<UInt8>) {
    for byte in bytes {
      low = (low + UInt32(byte)) % Self.base
      high = (high + low) % Self.base
    }
  }
}
