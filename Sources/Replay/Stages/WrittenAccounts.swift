// Sequences of requests for each written-down answer of an upstream that refuses a token, and of a token
// endpoint. A draw meets each of them now and then; here every one runs.

internal import MockQwen

extension AccountCase {
  /// All of them: each refusal for an account beside another and for the only one, and each answer with
  /// tokens or without.
  package static let written: [AccountCase] = refused + renewed

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
        (refusal.isLong ? [0] : [0, 2]).map { cut in
          var order = AccountCase(number, states, cut: cut)
          order.refusals = [0: Array(repeating: refusal, count: 3)]
          return order
        }
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
