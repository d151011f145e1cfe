extension Canary {
  static let answerCanaries: [Canary] = []
  static let errorCanaries: [Canary] = []
}
