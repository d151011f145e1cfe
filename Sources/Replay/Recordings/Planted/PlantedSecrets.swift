// The self-test of redaction and of lint: secrets of every kind in every place, drawn from a seed. The
// documentation quotes its figures: how many secrets redaction removes, how many lint finds when nothing
// is redacted, and how many ordinary texts are changed. `replay lint --self-test` counts them again.

internal import Foundation
package import MockQwen
internal import Wire

/// A secret in a session, cut in every way that its place allows.
package struct PlantedSecret: Sendable {
  /// Its place and its shape.
  package var name: String
  /// What must not be left, each entry separately.
  package var secrets: [String]
  package var sessions: [Session]
}

/// All planted secrets. In a stream each is cut at every `step`-th position.
package func plantedSecrets(seed: UInt64 = 1, step: Int = 1) -> [PlantedSecret] {
  var generator = SeededGenerator(seed: seed)
  return shaped(&generator, step) + named(&generator) + noted(&generator, step)
    + passwords(&generator, step) + addresses(&generator) + keys(&generator, step)
    + elsewhere(&generator, step)
}

/// Tokens that can be recognized by themselves, in all streams and in the other places in turn.
private func shaped(_ generator: inout SeededGenerator, _ step: Int) -> [PlantedSecret] {
  var list: [PlantedSecret] = []
  let others = PlantedPlace.texts + PlantedPlace.heads
  for (index, shape) in PlantedShape.tokens.enumerated() {
    let streams = [index, index + 2].map { PlantedPlace.streams[$0 % PlantedPlace.streams.count] }
    let places = streams + (0..<5).map { others[(index + $0 * 3) % others.count] }
    for place in places {
      let secret = shape.draw(&generator)
      list.append(
        PlantedSecret(
          name: "\(shape.name) in \(place.name)", secrets: [secret],
          sessions: place.sessions(secret, before: "It is ", after: ", as said.", step: step)))
    }
  }
  return list
}

/// Values after names that are members, fields or parameters.
private func named(_ generator: inout SeededGenerator) -> [PlantedSecret] {
  var list: [PlantedSecret] = []
  for (index, name) in PlantedNames.fields.enumerated() {
    let secret = PlantedShape.values[index % PlantedShape.values.count].draw(&generator)
    var session = PlantedPlace.plain
    let scheme = name.lowercased().hasSuffix("authorization") ? "Bearer " : ""
    session.request.fields.add(name, scheme + (name == "Cookie" ? "a=1; sid=\(secret)" : secret))
    list.append(PlantedSecret(name: "the field \(name)", secrets: [secret], sessions: [session]))
  }
  let cookie = PlantedShape.values[0].draw(&generator)
  var session = PlantedPlace.plain
  session.response.fields.add("Set-Cookie", "acw_tc=\(cookie);path=/;HttpOnly;Max-Age=1800")
  list.append(PlantedSecret(name: "the field Set-Cookie", secrets: [cookie], sessions: [session]))
  for (index, name) in (PlantedNames.members + PlantedNames.passwords).enumerated() {
    for turn in 0..<4 {
      let shape = PlantedShape.values[(index + turn) % PlantedShape.values.count]
      let secret = shape.draw(&generator)
      let all = PlantedNames.sessions(name, secret)
      let (place, session) = all[(index + turn * 3) % all.count]
      list.append(
        PlantedSecret(
          name: "\(name) in \(place), \(shape.name)", secrets: [secret], sessions: [session]))
    }
  }
  return list
}

/// Values after names in texts that come in pieces.
private func noted(_ generator: inout SeededGenerator, _ step: Int) -> [PlantedSecret] {
  var list: [PlantedSecret] = []
  let names = PlantedNames.variables + PlantedNames.members
  for (index, name) in names.enumerated() {
    for turn in 0..<2 {
      let notation = PlantedNames.notations[(index + turn * 3) % PlantedNames.notations.count]
      let shape = PlantedShape.values[(index + turn) % PlantedShape.values.count]
      let secret = shape.draw(&generator)
      let all = PlantedPlace.streams.prefix(5) + PlantedPlace.texts.prefix(4)
      let place = all[(index + turn * 4) % all.count]
      list.append(
        PlantedSecret(
          name: "\(name) as \(notation.name) in \(place.name), \(shape.name)", secrets: [secret],
          sessions: place.sessions(
            secret, before: notation.before.replacing("N", with: name),
            after: notation.after.replacing("N", with: name), step: step)))
    }
  }
  return list
}

/// Passwords in texts.
private func passwords(_ generator: inout SeededGenerator, _ step: Int) -> [PlantedSecret] {
  PlantedNames.passwords.enumerated().flatMap { index, name in
    PlantedShape.passwords.enumerated().map { turn, shape in
      let secret = shape.draw(&generator)
      let notation = PlantedNames.notations[(index + turn) % 4]
      let place = PlantedPlace.streams[(index + turn) % 5]
      return PlantedSecret(
        name: "\(name) as \(notation.name) in \(place.name), \(shape.name)", secrets: [secret],
        sessions: place.sessions(
          secret, before: notation.before.replacing("N", with: name),
          after: notation.after.replacing("N", with: name), step: step))
    }
  }
}

/// Passwords in URLs, and URLs that are signed.
private func addresses(_ generator: inout SeededGenerator) -> [PlantedSecret] {
  var list: [PlantedSecret] = []
  let places = PlantedPlace.texts.prefix(6) + [PlantedPlace.streams[0]]
  for place in places {
    let password = PlantedShape.passwords[list.count % 3].draw(&generator)
    let drawn = (0..<3).map { _ in PlantedShape.values[0].draw(&generator) }
    let key = PlantedShape.tokens[14].draw(&generator)
    let urls: [(String, [String])] = [
      ("https://user:\(password)@host.example/", [password]),
      ("postgres://app:\(drawn[0])@db.internal:5432/x", [drawn[0]]),
      (
        "https://b.oss-cn.example/o?OSSAccessKeyId=\(drawn[1])&Expires=1&Signature=\(drawn[0])",
        [drawn[0], drawn[1]]
      ),
      (
        "https://b.s3.example/o?X-Amz-Credential=\(key)%2F20260821&X-Amz-Signature=\(drawn[0])",
        [key, drawn[0]]
      ),
      ("https://s.example/b/o?X-Goog-Signature=\(drawn[0])&X-Goog-Expires=60", [drawn[0]]),
      ("https://a.blob.example/c/o?sv=2024-11-04&sp=r&sig=\(drawn[0])%3D", [drawn[0]]),
    ]
    for (url, secrets) in urls {
      list.append(
        PlantedSecret(
          name: "a URL in \(place.name)", secrets: secrets,
          sessions: place.sessions(url, before: "see ", after: " there", step: url.utf8.count)))
    }
    var session = PlantedPlace.plain
    session.request.fields.add("Referer", urls[list.count % urls.count].0)
    session.response.fields.add("Location", urls[list.count % urls.count].0)
    let secrets = urls[list.count % urls.count].1
    list.append(PlantedSecret(name: "a URL in Referer", secrets: secrets, sessions: [session]))
  }
  return list
}

/// Private keys.
private func keys(_ generator: inout SeededGenerator, _ step: Int) -> [PlantedSecret] {
  let places = PlantedPlace.streams.prefix(5) + PlantedPlace.texts.prefix(3)
  return ["PRIVATE KEY", "RSA PRIVATE KEY", "OPENSSH PRIVATE KEY"].flatMap { label in
    places.map { place in
      let lines = (0..<3).map { _ in PlantedShape.keyLine.draw(&generator) }
      let key = "-----BEGIN \(label)-----\n\(lines.joined(separator: "\n"))\n-----END \(label)-----"
      return PlantedSecret(
        name: "\(label) in \(place.name)", secrets: lines,
        sessions: place.sessions(key, before: "this:\n", after: "\n", step: max(step * 4, 1)))
    }
  }
}

/// Secrets that occur in clear in one place, and encoded in another.
private func elsewhere(_ generator: inout SeededGenerator, _ step: Int) -> [PlantedSecret] {
  var list: [PlantedSecret] = []
  let clothes: [(String, (String) -> String)] = [
    ("in clear", { $0 }), ("in base64", { Data("id:\($0)".utf8).base64EncodedString() }),
    ("in base64, one on", { Data("ab:\($0)!".utf8).base64EncodedString() }),
    ("in base64, two on", { Data("a:\($0)".utf8).base64EncodedString() }),
    ("percent-encoded", { $0.utf8.map { String(format: "%%%02x", $0) }.joined() }),
  ]
  for (index, (name, dress)) in clothes.enumerated() {
    for place in PlantedPlace.streams.prefix(5) + PlantedPlace.texts.prefix(4) {
      let secret = PlantedShape.values[list.count % 4].draw(&generator)
      let dressed = dress(secret)
      let sessions = place.sessions(
        dressed, before: "so ", after: " there", step: step * (index + 1)
      ).map {
        session in
        var session = session
        session.request.fields.add("Authorization", "Bearer \(secret)")
        return session
      }
      // The first and last characters also encode the text beside the secret.
      let left = name.hasPrefix("in base64") ? String(dressed.dropFirst(6).dropLast(6)) : dressed
      list.append(
        PlantedSecret(
          name: "\(name) in \(place.name)", secrets: [secret, left], sessions: sessions))
    }
  }
  return list
}
