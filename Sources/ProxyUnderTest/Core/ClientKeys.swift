// Which clients may use the proxy: those that send one of its keys, if it has any. The time that
// the answer takes reveals nothing about the keys, not even how much of one was right.

internal import Wire

/// Whether one of the keys in `fields`, sent as `Authorization: Bearer` (RFC 6750 section 2.1) or
/// as `X-API-Key`, is one of `keys`. Every key sent is compared with every key there is.
func showsKey(_ fields: Fields, oneOf keys: [String]) -> Bool {
  var matches = 0
  for field in fields.list {
    guard let shown = shownKey(field) else { continue }
    for index in keys.indices { matches += isSameSecret(shown, keys[index].utf8) ? 1 : 0 }
  }
  return matches > 0
}

private func shownKey(_ field: Field) -> Substring.UTF8View? {
  if field.isNamed("X-API-Key") { return field.value[...].utf8 }
  guard field.isNamed("Authorization") else { return nil }
  let scheme = field.value.prefix { $0 != " " }
  guard String(scheme).equalsIgnoringASCIICase("Bearer") else { return nil }
  return field.value[scheme.endIndex...].drop { $0 == " " }.utf8
}

/// Whether two texts are the same, in a time that depends on the length of the first alone.
func isSameSecret(_ shown: Substring.UTF8View, _ secret: String.UTF8View) -> Bool {
  let secret = Array(secret)
  guard !secret.isEmpty else { return false }
  var difference = shown.count ^ secret.count
  var index = 0
  for byte in shown {
    difference |= Int(byte ^ secret[index])
    index = index + 1 == secret.count ? 0 : index + 1
  }
  return difference == 0
}
