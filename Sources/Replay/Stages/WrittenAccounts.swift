// Sequences of requests for each written-down answer of an upstream that refuses a token, and of a token
// endpoint. A draw meets each of them now and then; here every one runs.

internal import MockQwen

extension AccountCase {
  /// All of them: each refusal for an account beside another and for the only one, between others and
  /// broken off, and each answer with tokens or without.
  package static let written: [AccountCase] = refused + forgiven + broken + renewed

  /// One request after the other for accounts in these states, the first one first.
  private init(_ number: Int, _ states: [State], cut: Int) {
    self.init(number, seed: 0)
    (self.states, self.cut, first, injected) = (states, cut, 0, .nothing)
    (clients, followers, isSequence, isOnSockets) = (1, 4, true, false)
    tokenAnswers = states.map { _ in nil }
    (refusals, ends, date) = ([:], [:], 1_800_000_000_000)
  }

  private static var refused: [AccountCase] {
    AccountRefusal.all.enumerated().flatMap { number, refusal in
      [[State.good, .good], [.good], [.bare, .good], [.bare]].flatMap { states in
        // In one read, and in more: of a long one only the last byte comes by itself.
        (refusal.isLong ? [0, 7] : [0, 2]).map { cut in
          var order = AccountCase(number, states, cut: cut)
          order.refusals = [0: Array(repeating: refusal, count: 3)]
          return order
        }
      }
    }
  }

  /// An answer that says nothing against an account ends a row of refusals of its token.
  private static var forgiven: [AccountCase] {
    let refusals = AccountRefusal.all
    guard let bad = refusals.first(where: { $0.meaning == .badToken }) else { return [] }
    return refusals.enumerated().filter { $0.element.meaning == .nothing }.flatMap {
      number, refusal in
      [[bad, refusal, bad, bad], [bad, bad, refusal, bad]].map { row in
        var order = AccountCase(number, [.bare, .good], cut: 0)
        order.refusals = [0: row]
        return order
      }
    }
  }

  /// Refusals that break off inside their bodies.
  private static var broken: [AccountCase] {
    AccountRefusal.all.enumerated().filter { $0.element.body.utf8.count > 40 }.flatMap {
      number, refusal in
      [InjectedFault.answerEnds, .answerResets].map { injected in
        var order = AccountCase(number, [.good, .good], cut: 0)
        order.refusals = [0: [refusal]]
        // The heads are about a hundred bytes.
        (order.injected, order.faultPlace, order.faultOffset) = (injected, 0, 120)
        order.isSequence = false
        return order
      }
    }
  }

  private static var renewed: [AccountCase] {
    func orders(_ state: State, _ answers: [TokenAnswer]) -> [AccountCase] {
      answers.enumerated().flatMap { number, answer in
        (answer.isLong ? [0] : [0, 2]).map { cut in
          var order = AccountCase(number, [state, .good], cut: cut)
          order.tokenAnswers[0] = answer
          return order
        }
      }
    }
    return orders(.ended, TokenAnswer.good) + orders(.revoked, TokenAnswer.good)
      + orders(.endpointFails, TokenAnswer.bad)
  }
}
