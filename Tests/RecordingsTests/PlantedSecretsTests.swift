// The figures of the self-test, on a share of what is planted: redaction takes out what it promises, lint
// finds it where nobody redacts, ordinary texts stay. And the count itself is tried: a redaction that
// does nothing, or too much, or that moves bytes, is seen.

import MockQwen
import Recordings
import Testing
import Wire

@Suite struct PlantedSecretsTests {
  /// Every tenth secret, cut at a few positions; `replay lint --self-test` takes all of both.
  static let share = plantedSecrets(step: 31).enumerated().filter { $0.offset % 10 == 1 }.map(
    \.element)

  @Test func areRedactedAndFound() {
    let figures = RedactionFigures(Self.share, [])
    #expect(figures.plantedCount > 60)
    #expect(figures.left == [])
    #expect(figures.moved == [])
    #expect(figures.unseen.count * 20 <= figures.plantedCount, "\(figures)")
    #expect(figures.areGood)
  }

  @Test func areThreeHundredAndMore() {
    let all = plantedSecrets(step: 1_000)
    #expect(all.count >= 300)
    #expect(plantedSecrets(step: 1_000).map(\.secrets) == all.map(\.secrets))
  }

  @Test func ordinaryTextsStay() {
    let figures = RedactionFigures([], ordinaryTexts)
    #expect(figures.ordinaryCount >= 200)
    #expect(figures.changed == [])
  }

  @Test func aRedactionThatDoesNothingIsSeen() {
    let some = Self.share.enumerated().filter { $0.offset % 4 == 0 }.map(\.element)
    let figures = RedactionFigures(some, []) { _ in }
    #expect(figures.left.count == some.count, "\(figures)")
    #expect(!figures.areGood)
  }

  @Test func aRedactionThatDoesTooMuchIsSeen() {
    let figures = RedactionFigures([], Array(ordinaryTexts.prefix(8))) { session in
      for index in session.request.body.indices { session.request.body[index] = 0x78 }
      for index in session.body.indices { session.body[index] = 0x78 }
    }
    #expect(figures.changed.count == 8)
    #expect(!figures.areGood)
  }

  @Test func aRedactionThatMovesBytesIsSeen() {
    let some = Array(Self.share.prefix(3))
    let figures = RedactionFigures(some, []) { session in
      Redactor().redact(&session)
      session.body.append(0x0A)
      session.fragments[session.fragments.count - 1].end += 1
    }
    #expect(!figures.moved.isEmpty)
    #expect(!figures.areGood)
  }

  /// What lint's second eyes see that redaction does not, and what they leave in peace.
  static let suspects: [(body: String, isSuspect: Bool)] = [
    ("the value is Q7xk29fLmZp04VtRwy81Bn3D", true), ("kennwort-token Q7xk29fL", false),
    ("wibble_credential_x: Q7xk29fLmZ", true), ("\\u0051 postgres://a:b4nanas!@h/", true),
    (#"{"id":"chatcmpl-Q7xk29fLmZp04VtRwy81Bn3D"}"#, false), ("nothing but words", false),
    ("sha256: e3b0c44298fc1c149afbf4c8996fb924", false), ("mask-rcnn-resnet50-fpn-coco-v1", false),
    ("SGVyZSBpcyBhIHNlY3JldF9rZXk9UTd4azI5ZkxtWg==", true),
  ]

  @Test(arguments: suspects) func lintHasOtherEyes(_ body: String, _ isSuspect: Bool) {
    var session = Script.all[0].session
    session.body = Array(body.utf8)
    session.fragments = [Session.Fragment(end: session.body.count, milliseconds: 1)]
    session.request.fields = []
    #expect(!session.suspects.isEmpty == isSuspect, "\(session.suspects)")
  }
}
